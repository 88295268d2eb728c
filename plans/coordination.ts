import { choreography, main, plan, rest, testcase } from "@groundplan/dsl";
import { topic } from "@groundplan/sync";
import { z } from "zod";

const Address = z.string().regex(/^[\d.]+:\d+$/, "an address such as 127.0.0.1:4001");

/** Everyone signals that it is up, and goes on once all are: by hand. */
const bootstrapRaw = testcase(async ({ env, sync, signal }) => {
  const seq = await sync.signalEntry("bootstrapped", { signal });
  env.recordMessage(`instance ${seq} is bootstrapped`);
  await sync.barrier("bootstrapped", env.instances, { signal });
});

/** The same as a choreography: no name, no target and no wait is written by hand. */
const bootstrap = choreography({ roles: { node: rest() } }, (c) => {
  c.everyone("start", {}, ({ me }) => me.log("up"));
  c.barrier("bootstrapped");
});

/** Everyone publishes its address and reads everybody's: by hand. */
const addressesRaw = testcase(async ({ env, sync, signal }) => {
  const addresses = topic("addresses", Address);
  const seq = await sync.publish(addresses, `127.0.0.1:${4_000 + env.instances}`, { signal });
  const all: string[] = [];
  for await (const address of sync.subscribe(addresses, { signal })) {
    if (all.push(address) === env.instances) break;
  }
  env.recordMessage(`entry ${seq} of ${all.length} addresses`);
});

/** Everyone publishes its address and reads everybody's: as a choreography. */
const addresses = choreography({ roles: { node: rest() } }, (c) => {
  const address = c.everyone("listen", {}, ({ me }) => `127.0.0.1:${4_000 + me.id}`);
  const all = c.exchange("addresses", address, { schema: Address });
  c.everyone("use", { all }, ({ all, me }) => me.log("addresses", { count: all.size }));
});

const coordination = plan("coordination", {
  "bootstrap-raw": bootstrapRaw,
  bootstrap,
  "addresses-raw": addressesRaw,
  addresses,
});
export default coordination;
await main(import.meta, coordination);
