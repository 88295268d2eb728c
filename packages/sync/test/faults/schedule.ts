import { ACTIVITIES, MOURNING } from "./activities/all.ts";
import { Random } from "./random.ts";

const PROXY_FAULTS = [
  "delay",
  "throttle",
  "cut",
  "blackhole",
  "drop replies",
  "commit then drop",
  "hold request",
  "refuse",
] as const;

const SERVER_FAULTS = [
  "kill clients",
  "flush scripts",
  "pause clients",
  "freeze server",
  "crash and restart",
] as const;

const LOSSES = ["flush all", "crash and lose"] as const;

export type FaultType =
  | (typeof PROXY_FAULTS)[number]
  | (typeof SERVER_FAULTS)[number]
  | (typeof LOSSES)[number]
  | "half-open"
  | "freeze worker";

/** Something that goes wrong while the activities go on. */
export interface Fault {
  readonly type: FaultType;
  /** After the start. */
  readonly atMs: number;
  /** How long it lasts, or how late it makes things. */
  readonly ms: number;
  /** Whom it hits, if not everybody. */
  readonly worker: number;
}

/** A store of its own, with some of the instances. */
export interface WorkerPlan {
  readonly where: "here" | "child";
  readonly instances: readonly number[];
  /** The part of announcements that never arrives. */
  readonly deafness: number;
  /** What its clock is off by. */
  readonly skewMs: number;
}

/** What happens to one run. A seed decides all of it; only how long things take is left to the machine. */
export interface Schedule {
  readonly seed: number;
  readonly recheckMs: number;
  /** Until a process that is silent loses what it holds. */
  readonly sessionTtlMs: number;
  readonly instances: number;
  readonly workers: readonly WorkerPlan[];
  readonly activities: readonly { readonly name: string; readonly rounds: number }[];
  readonly faults: readonly Fault[];
  /** A process that takes no part in the activities is killed at that time. */
  readonly deathAtMs: number | undefined;
  /** The store forgets everything at some time. */
  readonly losesState: boolean;
  /** Requests that were held arrive when the run is over and dropped. */
  readonly holdsUntilDropped: boolean;
}

const SHORT_TTL_MS = 600;

/** Whether being silent for as long as its faults last may cost a process of the schedule its session. */
export function maySessionsEnd({ sessionTtlMs }: Schedule): boolean {
  return sessionTtlMs === SHORT_TTL_MS;
}

const WINDOW_MS = 350;

export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed);
  const workers = planWorkers(random);
  const losesState = random.chance(0.12);
  const deathAtMs = !losesState && random.chance(0.08) ? random.between(50, WINDOW_MS) : undefined;
  const rounds = (): number => random.between(1, 6);
  const chosen = random.some(ACTIVITIES, 2).map(({ name }) => ({ name, rounds: rounds() }));
  const mourned = deathAtMs === undefined ? [] : [{ name: MOURNING.name, rounds: 1 }];
  return {
    seed,
    recheckMs: random.pick([100, 200, 400]),
    // What a dead process holds, others wait for.
    sessionTtlMs: deathAtMs === undefined ? random.pick([SHORT_TTL_MS, 15_000]) : SHORT_TTL_MS,
    instances: workers.reduce((sum, { instances }) => sum + instances.length, 0),
    workers,
    activities: [...chosen, ...mourned],
    faults: planFaults(random, workers, losesState),
    deathAtMs,
    losesState,
    holdsUntilDropped: random.chance(0.5),
  };
}

function planWorkers(random: Random): readonly WorkerPlan[] {
  const here = random.between(1, 3);
  const children = random.chance(0.4) ? random.between(1, 2) : 0;
  let next = 0;
  return Array.from({ length: here + children }, (_, i) => {
    const where = i < here ? "here" : "child";
    return {
      where,
      instances: Array.from({ length: random.between(1, 5) }, () => next++),
      deafness: random.pick([0, 0, 0.5, 1]),
      skewMs: where === "child" ? random.pick([0, -3_600_000, 3_600_000]) : 0,
    };
  });
}

function planFaults(
  random: Random,
  workers: readonly WorkerPlan[],
  losesState: boolean,
): readonly Fault[] {
  const fault = (type: FaultType): Fault => ({
    type,
    atMs: random.between(0, WINDOW_MS),
    ms: random.between(10, 250),
    worker: random.between(0, workers.length - 1),
  });
  const faults = Array.from({ length: random.between(1, 6) }, () =>
    fault(random.pick(random.chance(0.7) ? PROXY_FAULTS : SERVER_FAULTS)),
  );
  if (workers.some(({ where }) => where === "child") && random.chance(0.4)) {
    faults.push(fault("freeze worker"));
  }
  // Takes as long as a half-open connection takes to be noticed.
  if (random.chance(0.01)) faults.push(fault("half-open"));
  if (losesState) faults.push(fault(random.pick(LOSSES)));
  return faults.sort((a, b) => a.atMs - b.atMs);
}
