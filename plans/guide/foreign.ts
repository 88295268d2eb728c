import { plan, testcase } from "@groundplan/dsl";
import { topic } from "@groundplan/sync";
import { z } from "zod";

/** Knows states and topics only, as a program of Testground's SDK for Go does. */
const mixed = testcase(async ({ env, sync, signal }) => {
  await sync.publish(topic("names", z.string()), `a ${env.group} program`, { signal });
  await sync.signalAndWait("ready", env.instances, { signal });
});

export default plan("mixed", { mixed });
