import { activity, allNotes } from "../activity.ts";
import { unless } from "../violation.ts";

const STATE = "turn";

/** Each waits for the one before it: as many targets on one state as there are instances. */
export const turns = activity<{ readonly index: number; readonly seq: number }>({
  name: "turns",
  async perform({ client, index, ...instance }, note) {
    await instance.do("barrier", (wait) => client.barrier(STATE, index, wait));
    const seq = await instance.do("signal", (wait) => client.signalEntry(STATE, wait));
    note({ index, seq });
  },
  check: (outcome) =>
    allNotes(outcome).flatMap(({ index, seq }) =>
      unless(seq === index + 1, "early releases", `turn ${index + 1} was taken as ${seq}`),
    ),
});
