import { plan, testcase } from "@groundplan/dsl";
import { topic } from "@groundplan/sync";
import { z } from "zod";

const params = z.object({ target: z.number().int().default(0).describe("0: all instances") });

const byHand = testcase(
  async ({ env, sync, signal, params }) => {
    const names = topic("names", z.string());
    await sync.publish(names, `from process ${process.pid}`, { signal });
    const seq = await sync.signalEntry("published", { signal });
    const target = params.target === 0 ? env.instances : params.target;
    await sync.barrier("published", target, { signal, timeoutMs: 5_000 });
    env.recordMessage(`I was number ${seq} of ${env.instances}`);
  },
  { params, timeout: "1m" },
);

export default plan("raw", { "by-hand": byHand });
