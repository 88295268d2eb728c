import { activity, allNotes } from "../activity.ts";
import { numbered, unless } from "../violation.ts";

const STATE = "counted";

/** Everybody signals one state, again and again: each signal counts once and has a number of its own. */
export const counting = activity<number>({
  name: "counting",
  async perform({ client, rounds, ...instance }, note) {
    for (let round = 0; round < rounds; round++) {
      note(await instance.do("signal", (wait) => client.signalEntry(STATE, wait)));
      await instance.pause();
    }
    const all = rounds * instance.count;
    await instance.do("barrier", (wait) => client.barrier(STATE, all, wait));
  },
  afterwards: ({ counters }) => counters.read({ kind: "state", name: STATE }),
  check(outcome) {
    const numbers = allNotes(outcome);
    const { isWhole, afterwards } = outcome;
    return [
      ...numbered(numbers, isWhole, "signals"),
      ...unless(
        !isWhole || afterwards === numbers.length,
        "double counts",
        `${numbers.length} signals were counted ${afterwards} times`,
      ),
    ];
  },
});
