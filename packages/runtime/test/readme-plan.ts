import { invoke } from "@groundplan/runtime";
import { z } from "zod";

const params = z.object({ rounds: z.int().default(3) });

await invoke({
  async meet(env, { sync, globalSeq, signal }) {
    const { rounds } = env.params(params);
    for (let round = 0; round < rounds; round++) {
      await sync.signalAndWait(`round-${round}`, env.instances, { signal });
    }
    env.log("done", { globalSeq });
    env.results().recordPoint("rounds", rounds);
  },
});
