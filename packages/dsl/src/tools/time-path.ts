import { insideRoles } from "../allotment.ts";
import type { Definition } from "../definition.ts";
import type { Stage } from "../stage.ts";

/** A stage on the path, with the time that all its visits there take. */
export interface PathStep {
  readonly stage: string;
  readonly visits: number;
  readonly ms: number;
}

/** The longest that a run can take while every stage keeps to its own timeout. */
export interface TimePath {
  /** The least bound there is: stages without a timeout of their own are counted as no time. */
  readonly ms: number;
  /** In order; those that add nothing are left out. */
  readonly steps: readonly PathStep[];
  /** Bodies without a timeout of their own, which may take what is left of the run's. */
  readonly open: readonly string[];
}

/** How far an instance of a role may be by then, at worst. */
interface Clock {
  readonly ms: number;
  /** Whether something before had no bound. */
  readonly isOpen: boolean;
  readonly last: Step | undefined;
}
interface Step {
  readonly stage: string;
  readonly ms: number;
  readonly before: Step | undefined;
}

type Clocks = Map<string, Clock>;

const START: Clock = { ms: 0, isOpen: false, last: undefined };
/** After so many rounds what one more adds no longer changes, in all but contrived plans. */
const ROUNDS = 100;

/**
 * The longest timeout path. A body may take its timeout; who waits leaves when the last of those it waits for may come,
 * or when its own timeout ends.
 */
export function longestPath({ roles, stages }: Pick<Definition, "roles" | "stages">): TimePath {
  const path = new PathFinder(Object.keys(insideRoles(roles)));
  path.visit(stages);
  return path.found();
}

class PathFinder {
  #clocks: Clocks;
  readonly #signals = new Map<string, Clock>();
  readonly #open = new Set<string>();

  constructor(roles: readonly string[]) {
    this.#clocks = new Map(roles.map((role) => [role, START]));
  }

  found(): TimePath {
    const { ms, last } = latest([...this.#clocks.values()]);
    const steps = new Map<string, PathStep>();
    for (let step = last; step !== undefined; step = step.before) {
      const { visits = 0, ms: sum = 0 } = steps.get(step.stage) ?? {};
      steps.set(step.stage, { stage: step.stage, visits: visits + 1, ms: sum + step.ms });
    }
    return { ms, steps: [...steps.values()].reverse(), open: [...this.#open] };
  }

  visit(stages: readonly Stage[]): void {
    for (const stage of stages) this.#visit(stage);
  }

  #visit(stage: Stage): void {
    switch (stage.kind) {
      case "run":
      case "connect":
        this.#work(stage);
        break;
      case "signal":
        this.#signals.set(stage.id, this.#arrival(stage.at));
        break;
      case "wait":
        this.#wait(stage, stage.at, this.#signals.get(stage.signal) ?? START);
        break;
      case "shape":
      case "barrier":
        this.#wait(stage, stage.at, this.#arrival(stage.at));
        break;
      case "exchange":
      case "broadcast":
      case "gather":
      case "scatter":
      case "reduce":
        this.#wait(stage, stage.to, this.#arrival(stage.from));
        break;
      case "receive":
        this.#wait(stage, stage.at, this.#arrival(stage.from));
        break;
      case "rounds":
        this.#repeat(stage.stages, stage.times);
        break;
      case "repeat":
        this.#repeat(stage.stages, stage.max);
        break;
      case "branch":
        this.#branch(stage);
        break;
      default:
        stage satisfies never;
    }
  }

  #work({ id, at, timeoutMs }: Stage): void {
    if (timeoutMs === undefined) this.#open.add(id);
    for (const role of at) {
      const clock = this.#clock(role);
      const after =
        timeoutMs === undefined ? { ...clock, isOpen: true } : later(clock, id, timeoutMs);
      this.#clocks.set(role, after);
    }
  }

  #wait({ id, timeoutMs }: Stage, by: readonly string[], arrival: Clock): void {
    for (const role of by) {
      const clock = this.#clocks.get(role);
      if (clock === undefined) continue;
      this.#clocks.set(role, afterWait(clock, arrival, id, timeoutMs));
    }
  }

  /** Every round takes what the last one counted took. */
  #repeat(stages: readonly Stage[], times: number): void {
    const counted = Math.min(times, ROUNDS);
    let before = new Map(this.#clocks);
    for (let round = 0; round < counted; round++) {
      before = new Map(this.#clocks);
      this.visit(stages);
    }
    for (const [role, clock] of this.#clocks) {
      const more = (times - counted) * (clock.ms - (before.get(role)?.ms ?? 0));
      if (more > 0) this.#clocks.set(role, later(clock, clock.last?.stage ?? "", more));
    }
  }

  #branch(stage: Stage & { kind: "branch" }): void {
    const before = new Map(this.#clocks);
    this.visit(stage.then);
    const afterThen = this.#clocks;
    this.#clocks = before;
    this.visit(stage.else);
    for (const [role, clock] of afterThen) {
      this.#clocks.set(role, latest([clock, this.#clock(role)]));
    }
  }

  /** When the last of these roles may be there; of outside instances nothing is known. */
  #arrival(roles: readonly string[]): Clock {
    return latest(roles.map((role) => this.#clocks.get(role) ?? { ...START, isOpen: true }));
  }

  #clock(role: string): Clock {
    return this.#clocks.get(role) ?? START;
  }
}

function afterWait(
  clock: Clock,
  arrival: Clock,
  stage: string,
  timeoutMs: number | undefined,
): Clock {
  const joined = latest([clock, arrival]);
  if (timeoutMs === undefined) return joined;
  const end = clock.ms + timeoutMs;
  if (!arrival.isOpen && arrival.ms <= end) return { ...joined, isOpen: clock.isOpen };
  return { ...later(clock, stage, timeoutMs), isOpen: clock.isOpen };
}

function later(clock: Clock, stage: string, ms: number): Clock {
  return { ...clock, ms: clock.ms + ms, last: { stage, ms, before: clock.last } };
}

function latest(clocks: readonly Clock[]): Clock {
  const last = clocks.reduce((a, b) => (b.ms > a.ms ? b : a), clocks[0] ?? START);
  return { ...last, isOpen: clocks.some(({ isOpen }) => isOpen) };
}
