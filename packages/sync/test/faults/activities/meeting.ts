import { activity, allNotes } from "../activity.ts";
import { numbered, unless } from "../violation.ts";

const STATE = "met";

interface Met {
  readonly seq: number;
  readonly target: number;
  /** Read after the barrier had opened. */
  readonly found: number;
}

/** All meet at a barrier, round after round: nobody gets through before the last has come. */
export const meeting = activity<Met>({
  name: "meeting",
  async perform({ client, namespace, rounds, ...instance }, note) {
    for (let round = 1; round <= rounds; round++) {
      const target = round * instance.count;
      const seq = await instance.do("signalAndWait", (wait) =>
        client.signalAndWait(STATE, target, wait),
      );
      const found = await instance.do("read", (wait) =>
        namespace.counters.read({ kind: "state", name: STATE }, wait),
      );
      note({ seq, target, found });
      await instance.pause();
    }
  },
  afterwards: ({ counters }) => counters.read({ kind: "state", name: STATE }),
  check(outcome) {
    const met = allNotes(outcome);
    const { isWhole, afterwards } = outcome;
    return [
      ...numbered(
        met.map(({ seq }) => seq),
        isWhole,
        "arrivals",
      ),
      ...met.flatMap(({ target, found }) =>
        unless(found >= target, "early releases", `barrier ${target} opened at ${found}`),
      ),
      ...unless(
        !isWhole || afterwards === met.length,
        "double counts",
        `${met.length} arrivals were counted ${afterwards} times`,
      ),
    ];
  },
});
