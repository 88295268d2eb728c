import { type ClaimView, SyncError } from "@groundplan/sync";
import { activity, allNotes, type Instance } from "../activity.ts";
import { unless } from "../violation.ts";
import { checkHoldings, type Holding, machineTime } from "./holding.ts";

const CAPACITY = 3;

export const EXCLUDED = { name: "excluded", capacity: CAPACITY } as const;

/** What the process that is killed asks with; its session may outlive the schedule. */
export const LAST_WISH = "last wish";

/** Everybody takes permits for a while, some impatiently: never more are held than there are. */
export const excluding = activity<Holding>({
  name: "excluding",
  async perform(instance, note) {
    for (let round = 0; round < instance.rounds; round++) {
      const holding = await hold(instance);
      if (holding !== undefined) note(holding);
      await instance.pause();
    }
  },
  afterwards: ({ claims }) => claims.inspect(EXCLUDED.name),
  check(outcome) {
    const { isWhole, afterwards } = outcome;
    const { holders, queue } = (afterwards ?? { holders: [], queue: [] }) as ClaimView;
    const left = [...holders, ...queue].filter(({ requestId }) => requestId !== LAST_WISH);
    return [
      ...checkHoldings(allNotes(outcome), CAPACITY),
      ...unless(
        !isWhole || left.length === 0,
        "unexpected outcomes",
        `in the end it is held or awaited by ${JSON.stringify(left)}`,
      ),
    ];
  },
});

async function hold(instance: Instance): Promise<Holding | undefined> {
  const { claims, requestId } = instance.namespace;
  const permits = instance.random.between(1, CAPACITY);
  const patienceMs = instance.random.chance(0.3) ? instance.random.between(1, 80) : undefined;
  const asked = machineTime();
  const grant = await instance.do("acquire", async (wait) => {
    const timeoutMs = patienceMs ?? wait.timeoutMs;
    const { name, capacity } = EXCLUDED;
    try {
      return await claims.acquire(name, { capacity, permits, requestId: requestId(), timeoutMs });
    } catch (error) {
      if (patienceMs !== undefined && isTimeout(error)) return;
      throw error;
    }
  });
  if (grant === undefined) return;
  const from = machineTime();
  await instance.pause();
  const isLost = grant.lost.aborted;
  const to = machineTime();
  await instance.do("release", (wait) =>
    claims.release(grant, { ...wait, requestId: requestId() }),
  );
  return { name: EXCLUDED.name, permits, token: grant.token.n, asked, from, to, isLost };
}

function isTimeout(error: unknown): boolean {
  return error instanceof SyncError && error.code === "timeout";
}
