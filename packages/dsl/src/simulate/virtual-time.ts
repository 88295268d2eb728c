import { type EventKind, EventQueue, type VirtualEvent } from "./event-queue.ts";
import type { RealWaits } from "./real-waits.ts";

const US = 1_000;
/** So many events happen before the process gets to do anything else. */
const TURN = 2_000;
const FEW = 1_000;
const SETTLED = Promise.resolve();

/**
 * Time that passes only from one event to the next. Between two events everything that the first has set off runs to its
 * end, so that what happens depends on the events' order alone.
 */
export class VirtualTime {
  readonly #queue = new EventQueue();
  readonly #work: RealWaits;
  readonly #patienceMs: number;
  #now = 0;
  #order = 0;
  /** Those that are to happen, whatever else does. */
  #pending = 0;
  #calledOff = 0;
  #happened = 0;
  #hasHoped = false;

  constructor(work: RealWaits, patienceMs: number) {
    this.#work = work;
    this.#patienceMs = patienceMs;
  }

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now / US;
  }

  /** How many events have happened. */
  get happened(): number {
    return this.#happened;
  }

  after(ms: number, run: () => void, kind: EventKind = "heard"): VirtualEvent {
    this.#pending++;
    return this.#push(Math.max(0, ms), run, kind);
  }

  /** Happens only if something else does later: an end that nothing but waiting leads to. */
  atLast(ms: number, run: () => void): void {
    const last = (): void => {
      // What was not counted when it was scheduled is not to be discounted either.
      this.#pending++;
      run();
    };
    this.#push(ms, last, "limit");
  }

  /** The moment that so many milliseconds lead to, in whole microseconds. */
  moment(ms: number): number {
    return this.#now + Math.round(ms * US);
  }

  callOff(event: VirtualEvent): void {
    if (event.run === undefined) return;
    event.run = undefined;
    this.#pending--;
    this.#calledOff++;
    if (this.#calledOff < FEW || this.#calledOff * 2 < this.#queue.size) return;
    this.#queue.sweep();
    this.#calledOff = 0;
  }

  /** Lets events happen until nothing more can. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (this.#standsStill()) this.#whileReal().then(next, reject);
          else if (!this.#happens()) resolve();
          else if (this.#happened % TURN === 0) setImmediate(next);
          else next();
        } catch (error) {
          reject(error);
        }
      };
      // The next tick comes when no microtask is left, of those either that others lead to.
      const tick = (): void => process.nextTick(step);
      const next = (): void => void SETTLED.then(tick);
      next();
    });
  }

  /** Before time runs out, what was given up gets another chance: others have gone on since. */
  #standsStill(): boolean {
    if (this.#work.isAwaited) return true;
    if (!this.#work.isGivenUp || this.#hasHoped) return false;
    if (!this.#isAtLimit) return false;
    this.#hasHoped = true;
    this.#work.hopeAgain();
    return true;
  }

  /** One event that instances hear of, and those before it that they do not; false if there is none any more. */
  #happens(): boolean {
    this.#hasHoped = false;
    for (;;) {
      const event = this.#upcoming();
      if (event?.run === undefined) return false;
      const { run, at, kind } = event;
      this.#queue.pop();
      event.run = undefined;
      this.#now = at;
      this.#pending--;
      this.#happened++;
      run();
      if (kind !== "silent" || this.#isAtLimit) return true;
    }
  }

  /** Whether nothing happens before somebody's time is up. */
  get #isAtLimit(): boolean {
    const next = this.#upcoming();
    return next === undefined || next.kind === "limit";
  }

  /** The next event, if there is one that is to happen whatever else does. */
  #upcoming(): VirtualEvent | undefined {
    if (this.#pending === 0) return undefined;
    while (this.#queue.first !== undefined && this.#queue.first.run === undefined) {
      this.#queue.pop();
      this.#calledOff--;
    }
    return this.#queue.first;
  }

  #push(ms: number, run: () => void, kind: EventKind): VirtualEvent {
    const event = { at: this.moment(ms), order: this.#order++, run, kind };
    this.#queue.push(event);
    return event;
  }

  /** Until nothing real is waited for any more. */
  async #whileReal(): Promise<void> {
    const since = performance.now();
    while (this.#work.isAwaited) {
      if (performance.now() - since > this.#patienceMs) this.#work.giveUp();
      await turn();
    }
  }
}

/** Resolves when the process has got to do something else. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
