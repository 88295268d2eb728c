import type { SyncClient } from "@groundplan/sync";
import { activity, allNotes, type Instance } from "../activity.ts";
import { numbered, unless, type Violation } from "../violation.ts";

const TOPIC = "talk";

type Note =
  | { readonly type: "said"; readonly seq: number; readonly what: string }
  | { readonly type: "heard"; readonly all: readonly string[] };

/** Everybody publishes and everybody subscribes, early or late: all hear all, once, in one order. */
export const talking = activity<Note>({
  name: "talking",
  async perform(instance, note) {
    const { client, count, rounds, index } = instance;
    const isLate = instance.random.chance(0.4);
    const heard: string[] = [];
    const listen = (): Promise<void> => hear(instance, client, count * rounds, heard);
    const early = isLate ? Promise.resolve() : listen();
    early.catch(() => {});
    try {
      for (let round = 0; round < rounds; round++) {
        const what = `${index}:${round}`;
        const seq = await instance.do("publish", (wait) => client.publish(TOPIC, what, wait));
        note({ type: "said", seq, what });
        await instance.pause();
      }
      await early;
      if (isLate) await listen();
    } finally {
      note({ type: "heard", all: heard });
    }
  },
  afterwards: async ({ logs }) => (await logs.snapshot({ kind: "topic", name: TOPIC })).length,
  check(outcome) {
    const notes = allNotes(outcome);
    const said = notes.filter((note) => note.type === "said");
    const heard = notes.filter((note) => note.type === "heard").map(({ all }) => all);
    const longest = heard.reduce((a, b) => (b.length > a.length ? b : a), []);
    const { isWhole, afterwards } = outcome;
    return [
      ...numbered(
        said.map(({ seq }) => seq),
        isWhole,
        "entries",
      ),
      ...heard.flatMap((all) => sameOrder(all, longest, isWhole)),
      ...said.flatMap(({ seq, what }) =>
        unless(
          seq > longest.length || longest[seq - 1] === what,
          "lost or reordered messages",
          `entry ${seq} was ${what}, and heard as ${longest[seq - 1]}`,
        ),
      ),
      ...unless(
        !isWhole || afterwards === said.length,
        "double counts",
        `${said.length} entries were appended as ${afterwards}`,
      ),
    ];
  },
});

async function hear(
  instance: Instance,
  client: SyncClient,
  count: number,
  heard: string[],
): Promise<void> {
  await instance.do("subscribe", async (wait) => {
    for await (const what of client.subscribe<string>(TOPIC, wait)) {
      heard.push(what);
      if (heard.length === count) return;
    }
  });
}

function sameOrder(
  all: readonly string[],
  longest: readonly string[],
  isWhole: boolean,
): readonly Violation[] {
  const isSame = all.every((what, i) => what === longest[i]);
  const isOnce = new Set(all).size === all.length;
  const isAll = !isWhole || all.length === longest.length;
  return unless(
    isSame && isOnce && isAll,
    "lost or reordered messages",
    `heard ${all} where another heard ${longest}`,
  );
}
