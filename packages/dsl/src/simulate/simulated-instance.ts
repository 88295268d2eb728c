import { AbortedError, type Network, type RunEnv } from "@groundplan/runtime";
import { SyncClient } from "@groundplan/sync";
import type { Me } from "../me.ts";
import { type Clock, processClock } from "../perform/clock.ts";
import type { Outcome } from "../perform/conclude.ts";
import type { JournalEvent } from "../perform/journal.ts";
import { perform } from "../perform/perform.ts";
import { Shared } from "../perform/shared.ts";
import { Limits } from "./limits.ts";
import { Line } from "./line.ts";
import { onAbort } from "./on-abort.ts";
import { type Plight, ROSTER, strikes } from "./plight.ts";
import type { RealWaits } from "./real-waits.ts";
import { type Trace, TracedValues, traceOf } from "./recorded.ts";
import type { Seat } from "./seats.ts";
import type { SeenProgress } from "./seen-progress.ts";
import { simulatedEnv } from "./simulated-env.ts";
import { SimulatedNamespace } from "./simulated-namespace.ts";
import { simulatedNetwork } from "./simulated-network.ts";
import type { SimulatedStore } from "./simulated-store.ts";
import type { VirtualTime } from "./virtual-time.ts";

const CLEANUP_MS = 1_000;
const OVER = new AbortedError("the simulation is over");

/** What all instances of a simulated run share. */
export interface World {
  readonly time: VirtualTime;
  readonly store: SimulatedStore;
  readonly seed: string;
  readonly draw: () => number;
  readonly wayMs: readonly [number, number];
  readonly resent: number;
  readonly common: Shared;
  readonly progress: SeenProgress;
  readonly realWaits: RealWaits;
  /** Whether what instances do is kept for comparison. */
  readonly isTraced: boolean;
  readonly sidecar: boolean;
  readonly instances: number;
  /** Hears what instances do. */
  readonly note: (event: JournalEvent) => void;
  /** Hears that one has vanished, and when it is to come back, if it is. */
  readonly vanished: (instance: SimulatedInstance, restartMs: number | undefined) => void;
}

/** An instance with what goes wrong for it. */
export interface StruckSeat extends Seat {
  readonly plight: Plight;
}

/** One process of a simulated run, and the instance in it. */
export class SimulatedInstance {
  readonly seat: StruckSeat;
  readonly env: RunEnv;
  readonly values: Map<string, unknown>;
  readonly traces: Trace[] = [];
  readonly #world: World;
  readonly #line: Line;
  readonly #limits: Limits;
  readonly #cleanups: (() => void | Promise<void>)[] = [];
  readonly #ending = new AbortController();
  #stage: string = ROSTER;
  #outcome: Outcome | undefined;
  #goneAt: number | undefined;
  #bodies = 0;
  #waits = 0;

  constructor(seat: StruckSeat, world: World) {
    this.seat = seat;
    this.#world = world;
    const { time, draw, resent, wayMs } = world;
    const { slow, cuts } = seat.plight;
    this.values = world.isTraced ? new TracedValues(time, this.traces) : new Map();
    this.#limits = new Limits(time);
    const [least, most] = wayMs;
    this.#line = new Line({
      time,
      limits: this.#limits,
      draw,
      wayMs: [least * slow, most * slow],
      cuts,
      resent,
      waiting: (more) => this.#count(0, more),
    });
    this.env = simulatedEnv({
      group: seat.member.group,
      groupInstances: seat.groupInstances,
      instances: world.instances,
      ordinal: seat.ordinal,
      sidecar: world.sidecar,
      params: seat.params,
    });
  }

  /** The stage it has entered last. */
  get stage(): string {
    return this.#stage;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  get isGone(): boolean {
    return this.#goneAt !== undefined;
  }

  /** Whether a body of it has not returned. */
  get isInBody(): boolean {
    return this.#bodies > 0;
  }

  /** Names its process in the store. */
  get session(): string {
    return `process ${this.seat.seq}`;
  }

  start(): void {
    if (this.#vanishesAt(ROSTER)) return;
    const { store, seed, common, progress } = this.#world;
    const { seq, definition } = this.seat;
    const namespace = new SimulatedNamespace(this.#line, store, this.session);
    const clock = this.#clock();
    const network: Network = simulatedNetwork(clock);
    const surroundings = {
      clock,
      shared: new Shared(common),
      progress: progress.of(() => this.#goneAt),
      values: this.values,
      cleanups: this.#cleanups,
    };
    const instance = {
      env: this.env,
      network,
      sync: new SyncClient(namespace),
      namespace,
      seq,
      seed,
      signal: this.#ending.signal,
      journal: (event: JournalEvent) => this.#note(event),
      surroundings,
    };
    void perform(definition, instance).then((outcome) => {
      this.#outcome = outcome;
    });
  }

  /** Runs a body as the faults have it. */
  readonly run = ({ stage, attempt, signal }: Me, body: () => unknown): unknown => {
    const { hangs, throws } = this.seat.plight;
    if (this.isGone) return new Promise(() => {});
    if (hangs.some((at) => strikes(at, stage))) return this.#hang();
    const thrown = throws.find(({ at, attempts }) => strikes(at, stage) && attempt <= attempts);
    if (thrown !== undefined) throw new Error("the simulation had it throw");
    const result = body();
    return result instanceof Promise ? this.#awaited(result, signal) : result;
  };

  /** The simulation is over: what its body left open is closed, as the end of its process would. */
  async close(): Promise<void> {
    const isOpen = this.#outcome === undefined;
    if (isOpen) this.#goneAt ??= this.#world.time.now;
    this.#line.vanish();
    // Of those that have ended too: a signal that somebody listens to is kept for ever, and all that hangs on it.
    this.#ending.abort(OVER);
    if (!isOpen) return;
    for (const dispose of this.#cleanups.splice(0)) await withinTime(dispose);
    this.#count(-this.#bodies, -this.#waits);
  }

  #hang(): Promise<never> {
    // It is not the real world that it waits for.
    this.#count(1, 1);
    return new Promise(() => {});
  }

  /** As long as the interpreter waits for it: one that goes on behind its stage is nobody's concern. */
  #awaited(result: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
    this.#count(1, 0);
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      stop();
      this.#count(-1, 0);
    };
    const stop = onAbort(signal, end);
    result.then(end, end);
    return result;
  }

  #count(bodies: number, waits: number): void {
    const before = this.#realWaits;
    this.#bodies += bodies;
    this.#waits += waits;
    this.#world.realWaits.change(this.#realWaits - before);
  }

  /** Its bodies that wait for nothing the simulation knows of. */
  get #realWaits(): number {
    return Math.max(0, this.#bodies - this.#waits);
  }

  #note(event: JournalEvent): void {
    if (this.isGone) return;
    const { time, isTraced, note } = this.#world;
    if (event.stage === ROSTER && event.event === "leave") {
      this.#limits.begin(this.seat.definition.timeoutMs);
    }
    if (isTraced) this.traces.push(traceOf(time.now, event));
    note(event);
    if (event.event !== "enter") return;
    this.#stage = event.stage;
    this.#vanishesAt(event.stage);
  }

  #vanishesAt(stage: string): boolean {
    const crash = this.seat.plight.crashes.find(({ at }) => strikes(at, stage));
    if (crash === undefined) return false;
    this.#goneAt = this.#world.time.now;
    this.#line.vanish();
    this.#world.vanished(this, crash.restartMs);
    return true;
  }

  #clock(): Clock {
    const { time } = this.#world;
    return {
      now: () => time.now,
      limit: (ms, expire) =>
        this.#limits.limit(ms, () => {
          if (!this.isGone) expire();
        }),
      sleep: (ms, signal) => this.#sleep(ms * this.seat.plight.slow, signal),
    };
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { time } = this.#world;
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        stop();
        this.#count(0, -1);
        finish();
      };
      const event = time.after(ms, () => {
        if (!this.isGone) settle(resolve);
      });
      const stop = onAbort(signal, (reason) => {
        time.callOff(event);
        settle(() => reject(reason));
      });
      this.#count(0, 1);
    });
  }
}

/** What it throws, or that it does not return, is nobody's business any more. */
async function withinTime(dispose: () => void | Promise<void>): Promise<void> {
  let stop = (): void => {};
  const late = new Promise<void>((resolve) => {
    stop = processClock.limit(CLEANUP_MS, resolve);
  });
  await Promise.race([(async () => dispose())().catch(() => {}), late]);
  stop();
}
