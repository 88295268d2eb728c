import type { TestCases } from "@groundplan/runtime";

export const cases: TestCases = {
  async meet(env, { sync }) {
    const results = env.results();
    const meeting = results.timer("meeting,store=memory");
    const rounds = results.counter("rounds");
    for (let round = 0; round < 3; round++) {
      await meeting.time(() => sync.signalAndWait(`round-${round}`, env.instances));
      rounds.inc();
    }
    results.recordPoint("peers", env.instances - 1);
    env.diagnostics().gaugeF("handles", () => process.getActiveResourcesInfo().length);
  },
};
