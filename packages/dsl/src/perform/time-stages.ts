import { innerStages } from "../inner-stages.ts";
import type { Stage } from "../stage.ts";
import { awaiting } from "./awaiting.ts";
import { membersOf, type Performer, type Rounds, stageKey } from "./performer.ts";

type Of<Kind extends Stage["kind"]> = Stage & { kind: Kind };

export async function performSignal(
  performer: Performer,
  stage: Of<"signal">,
  key: string,
): Promise<void> {
  const wait = { what: `signal '${key}'`, stage, key, from: [], gathering: "arrivals" } as const;
  await awaiting(performer, wait, (w) => performer.meeting.arrive(key, performer.me.id, w));
  performer.note("act", key);
}

/** Waits for the members of the signal, which was declared before, in this round or outside of it. */
export async function performWait(
  performer: Performer,
  stage: Of<"wait">,
  key: string,
  rounds: Rounds,
): Promise<void> {
  const signal = findSignal(performer.definition.stages, stage.signal);
  const from = membersOf(performer, signal.at);
  const awaited = stageKey(stage.signal, rounds.slice(0, signal.depth));
  const wait = {
    what: `waitFor '${key}'`,
    stage,
    key: awaited,
    from,
    gathering: "arrivals",
  } as const;
  performer.note("wait", key, { need: from.length });
  await awaiting(performer, wait, (w) => performer.meeting.arrived(awaited, from.length, w), key);
}

export async function performBarrier(
  performer: Performer,
  stage: Pick<Of<"barrier">, "at" | "timeoutMs">,
  key: string,
): Promise<void> {
  const from = membersOf(performer, stage.at);
  const wait = { what: `barrier '${key}'`, stage, key, from, gathering: "arrivals" } as const;
  performer.note("wait", key, { need: from.length });
  await awaiting(performer, wait, (w) =>
    performer.meeting.arriveAndWait(key, performer.me.id, from.length, w),
  );
}

interface FoundSignal {
  readonly at: readonly string[];
  /** How many rounds it stands in. */
  readonly depth: number;
}

function findSignal(stages: readonly Stage[], id: string): FoundSignal {
  const found = search(stages, id, 0);
  if (found === undefined) throw new TypeError(`the definition has no signal '${id}'`);
  return found;
}

function search(stages: readonly Stage[], id: string, depth: number): FoundSignal | undefined {
  for (const stage of stages) {
    if (stage.kind === "signal" && stage.id === id) return { at: stage.at, depth };
    const inner = search(innerStages(stage), id, stage.kind === "branch" ? depth : depth + 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
