import { durationMs, port, rate, size, type TestCases } from "@groundplan/runtime";
import { z } from "zod";

const params = z.object({
  payload: size().prefault("10KiB"),
  every: durationMs().prefault("200ms"),
  speed: rate().prefault("100/s"),
  peers: z.array(z.string()).default([]),
  api: port("api").default(8080),
});

export const cases: TestCases = {
  async fetch(env) {
    const { payload, every, speed, peers, api } = env.params(params);
    const file = await env.createRandomFile(env.runParams.tempPath, payload, { seed: env.run });
    using transfers = env.createStructuredAsset("transfers.ndjson");
    transfers.info("to send", { file, every, speed, peers, api });
    await env.recordStageStart("transfer");
    // …
    await env.recordStageEnd("transfer");
  },
};
