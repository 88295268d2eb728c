import { activity } from "../activity.ts";
import { unless } from "../violation.ts";

const SET = "reports";

/** Each overwrites its own record: what is read in the end is what was written last. */
export const reporting = activity<number>({
  name: "reporting",
  async perform({ namespace, index, rounds, ...instance }, note) {
    for (let round = 1; round <= rounds; round++) {
      await instance.do("write", (wait) =>
        namespace.records.write(SET, { [index]: `${round}` }, wait),
      );
      note(round);
      await instance.pause();
    }
  },
  afterwards: async ({ records }) =>
    Object.fromEntries([...(await records.read(SET))].map(([id, { json }]) => [id, Number(json)])),
  check({ sights, isWhole, afterwards }) {
    const found = afterwards as Record<string, number>;
    if (!isWhole) return [];
    return sights.flatMap(({ instance, notes }) =>
      unless(
        found[instance] === notes.at(-1),
        "lost or reordered messages",
        `instance ${instance} wrote ${notes.at(-1)} last, and ${found[instance]} was read`,
      ),
    );
  },
});
