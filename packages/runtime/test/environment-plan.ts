// A plan that uses all of an instance's environment, in a process of its own: see runner-environment.ts.
import { durationMs, invoke, ipNet, rate, size, type TestCases } from "@groundplan/runtime";
import { z } from "zod";

const params = z.object({
  rounds: z.int(),
  url: z.string(),
  peers: z.array(z.string()),
  size: size(),
  every: durationMs(),
  rate: rate(),
  empty: ipNet(),
  none: z.string().default("no default"),
});

const cases: TestCases = {
  async everything(env, { sync, globalSeq, groupSeq }) {
    const { runParams, runner } = env;
    const asset = env.createStructuredAsset("seen.ndjson");
    asset.info("seen", {
      params: env.params(params),
      pprofPort: env.portNumber("pprof", 0),
      apiPort: env.portNumber("api", 0),
      runner,
      runParams,
      seqs: [globalSeq, groupSeq],
    });
    env.recordMessage('seen "everything" <é>');
    env.R().recordPoint("rounds", 3);
    await env.recordStageStart("meet");
    await sync.signalAndWait("met", env.instances);
    await env.recordStageEnd("meet");
  },
  async fail() {
    throw new Error("boom");
  },
  async crash(_env, { sync }) {
    void Promise.reject(new Error("nobody handles this"));
    await sync.barrier("never", 1);
  },
};

await invoke(cases);
