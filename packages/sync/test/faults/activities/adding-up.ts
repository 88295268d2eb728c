import { VersionConflictError, type Versioned } from "@groundplan/sync";
import { activity, allNotes, type Instance } from "../activity.ts";
import { numbered, unless } from "../violation.ts";

const SUM = "sum";
const SWAPPED = "swapped";

interface Written {
  readonly sum: number;
  readonly version: number;
}

/** All write two registers, one by adding and one by comparing versions: no write is lost, and none counts twice. */
export const addingUp = activity<Written>({
  name: "adding up",
  async perform(instance, note) {
    const { registers, requestId } = instance.namespace;
    for (let round = 0; round < Math.min(instance.rounds, 3); round++) {
      const sum = await instance.do("add", (wait) =>
        registers.add(SUM, 1, { ...wait, requestId: requestId() }),
      );
      note({ sum, version: await addByVersion(instance) });
      await instance.pause();
    }
  },
  afterwards: async ({ registers }) => [await registers.read(SUM), await registers.read(SWAPPED)],
  check(outcome) {
    const written = allNotes(outcome);
    const { isWhole, afterwards } = outcome;
    const found = (afterwards ?? []) as readonly Versioned[];
    return [
      ...numbered(
        written.map(({ sum }) => sum),
        isWhole,
        "sums",
      ),
      ...numbered(
        written.map(({ version }) => version),
        isWhole,
        "versions",
      ),
      ...found.flatMap(({ json }) =>
        unless(
          json === `${written.length}`,
          "double counts",
          `${written.length} additions came to ${json}`,
        ),
      ),
    ];
  },
});

async function addByVersion({ namespace, ...instance }: Instance): Promise<number> {
  const { registers, requestId } = namespace;
  for (;;) {
    const before = await instance.do("read", (wait) => registers.read(SWAPPED, wait));
    const next = `${Number(before?.json ?? 0) + 1}`;
    const ifVersion = before?.version ?? 0;
    const version = await instance.do("write", async (wait) => {
      try {
        const write = { ...wait, ifVersion, requestId: requestId() };
        return (await registers.write(SWAPPED, next, write)).version;
      } catch (error) {
        if (error instanceof VersionConflictError) return;
        throw error;
      }
    });
    if (version !== undefined) return version;
  }
}
