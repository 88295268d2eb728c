import { activity, allNotes } from "../activity.ts";
import { unless } from "../violation.ts";

const LOG = { kind: "own", name: "gathered" } as const;

/** Each appends one entry and collects those of all: everybody has the same. */
export const gathering = activity<readonly string[]>({
  name: "gathering",
  async perform({ namespace, index, count, ...instance }, note) {
    const requestId = namespace.requestId();
    await instance.do("append", (wait) =>
      namespace.logs.append(LOG, `${index}`, { ...wait, requestId }),
    );
    const all = await instance.do("collect", (wait) => namespace.logs.collect(LOG, count, wait));
    note(all.map(({ json }) => json));
  },
  check(outcome) {
    const gathered = allNotes(outcome);
    const [first] = gathered;
    return gathered.flatMap((all) =>
      unless(
        `${all}` === `${first}` && new Set(all).size === all.length,
        "lost or reordered messages",
        `collected ${all} where another collected ${first}`,
      ),
    );
  },
});
