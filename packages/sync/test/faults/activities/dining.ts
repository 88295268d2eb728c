import { activity, allNotes } from "../activity.ts";
import { checkHoldings, type Holding, machineTime } from "./holding.ts";

/** Each needs two forks, which its neighbours need too: all eat, and no fork is in two hands. */
export const dining = activity<Holding>({
  name: "dining",
  async perform({ namespace, index, count, ...instance }, note) {
    const { claims, requestId } = namespace;
    const forks = [...new Set([index, (index + 1) % count])].map((n) => `fork ${n}`);
    for (let round = 0; round < Math.min(instance.rounds, 3); round++) {
      const asked = machineTime();
      const grants = await instance.do("acquireAll", (wait) =>
        claims.acquireAll(
          forks.map((name) => ({ name, capacity: 1 })),
          { ...wait, requestId: requestId() },
        ),
      );
      const from = machineTime();
      await instance.pause();
      for (const { name, permits, token, lost } of grants) {
        const isLost = lost.aborted;
        note({ name, permits, token: token.n, asked, from, to: machineTime(), isLost });
      }
      for (const grant of grants) {
        await instance.do("release", (wait) =>
          claims.release(grant, { ...wait, requestId: requestId() }),
        );
      }
    }
  },
  check: (outcome) => checkHoldings(allNotes(outcome), 1),
});
