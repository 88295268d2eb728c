import type { Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { linkSignals } from "../on-abort.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";
import { DoubleBarrierProgress } from "./double-barrier-progress.ts";

/** How long each step of taking back what was begun may take; what it does not take back, the end of the session does. */
const UNDO: Wait = { timeoutMs: 2_000 };

/** A member that is inside a {@link DoubleBarrier}. */
export interface Inside {
  /** From 1. */
  readonly round: number;
  /** Aborts when the store may have given this process up for dead: then the others take the member for gone. */
  readonly lost: AbortSignal;
  /**
   * Leaves, and waits until all have; false if that took longer than `timeoutMs`. The member has left in any case, also
   * when it rejects because its caller or the run was aborted.
   */
  leave(wait?: Wait): Promise<boolean>;
}

/** What a member holds: a place in the round, and being inside. */
interface Held {
  place?: Grant;
  inside?: Grant;
  isCounted: boolean;
}

/**
 * Members enter together and leave together, round after round.
 *
 * Guarantee: {@link DoubleBarrier.enter} resolves once all members of the round are there, {@link Inside.leave} once all
 * have left. One member too many waits for the next round. An `enter` that runs out of time is undone: nobody enters on
 * its account, and it may be tried again. The number of members is kept in the store: a process that names another is
 * refused with `mismatch`.
 * Crash: a member that dies inside counts as left; one that dies before the others have come is not there: they wait for
 * another until their time is over. Both are noticed within the time to live of its session.
 * Cost: about ten exchanges a member and round, however many members; two announcements a round, and one a hand-over.
 *
 * Two claim queues, of places in a round and of being inside, and a register that says which round runs; whoever can
 * take all of being inside ends the round. ZooKeeper's double barrier, without its herd and Curator's early leavers.
 */
export class DoubleBarrier {
  readonly members: number;
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #progress: DoubleBarrierProgress;
  readonly #title: string;
  readonly #places: string;
  readonly #insides: string;
  readonly #count: string;

  constructor(namespace: Namespace, name: string, members: number) {
    this.members = members;
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#progress = new DoubleBarrierProgress(namespace, this.#waits, `double:${name}`);
    this.#title = `double barrier "${name}"`;
    this.#places = `double-places:${name}`;
    this.#insides = `double-insides:${name}`;
    this.#count = `double-count:${name}`;
  }

  /** Enters, and waits until all members are there. Rejects with a `SyncError` `timeout`, and then has not entered. */
  async enter(wait: Wait = {}): Promise<Inside> {
    const began = performance.now();
    const held: Held = { isCounted: false };
    try {
      return this.#insideOf(await this.#gather(held, wait, began), held);
    } catch (error) {
      const round = await this.#undo(held).catch(() => undefined);
      const isLate = isTimeout(error);
      // The last member had come by then: all the others go on with this one.
      if (isLate && round !== undefined) return this.#insideOf(round, held);
      await this.#release(held.place).catch(() => {});
      throw isLate ? await this.#late(wait.timeoutMs ?? 0, error) : error;
    }
  }

  /** Does the work between entering and leaving, which it also does when the work fails. */
  async run<T>(work: (inside: Inside) => T | Promise<T>, wait: Wait = {}): Promise<T> {
    const inside = await this.enter(wait);
    try {
      return await work(inside);
    } finally {
      await inside.leave(wait);
    }
  }

  /** Resolves with the round once all its members are there. */
  async #gather(held: Held, wait: Wait, began: number): Promise<number> {
    const place = await this.#acquire(this.#places, 1, remaining(wait, began));
    held.place = place;
    // Nothing is begun under a new session for a place that went with the old one.
    const link = linkSignals([wait.signal, place.lost]);
    try {
      return await this.#goIn(held, { ...wait, signal: link.signal }, began);
    } finally {
      link.release();
    }
  }

  async #goIn(held: Held, wait: Wait, began: number): Promise<number> {
    for (;;) {
      const { round, isRunning } = await this.#progress.read(remaining(wait, began));
      if (!isRunning) break;
      // A place became free because its holder died or would not wait for the others to leave.
      await this.#over(round, remaining(wait, began));
    }
    held.inside = await this.#acquire(this.#insides, 1, remaining(wait, began));
    held.isCounted = true;
    if ((await this.#add(1, remaining(wait, began))) >= this.members) {
      const begun = await this.#begin(remaining(wait, began));
      if (begun !== undefined) return begun;
    }
    const begun = await this.#progress.until((p) => p.isRunning, remaining(wait, began));
    return begun.round;
  }

  /** Begins the round if everybody is inside. Whoever undoes its arrival meanwhile has changed the progress. */
  async #begin(wait: Wait): Promise<number | undefined> {
    for (;;) {
      const seen = await this.#progress.read(wait);
      if (seen.isRunning) return seen.round;
      const { free } = await this.#waits.wait(wait, (w) =>
        this.#namespace.claims.inspect(this.#insides, w),
      );
      if (free > 0) return undefined;
      const round = seen.round + 1;
      if (await this.#progress.change(seen, { round, isRunning: true }, wait)) return round;
    }
  }

  #insideOf(round: number, held: Held): Inside {
    let leaving: Promise<boolean> | undefined;
    return {
      round,
      lost: (held.inside ?? held.place)?.lost ?? new AbortController().signal,
      leave: (wait = {}) => {
        leaving ??= this.#leave(round, held, wait);
        return leaving;
      },
    };
  }

  async #leave(round: number, held: Held, wait: Wait): Promise<boolean> {
    try {
      await this.#goOut(held);
      await this.#over(round, wait);
      return true;
    } catch (error) {
      if (isTimeout(error)) return false;
      throw error;
    } finally {
      await this.#release(held.place).catch(() => {});
    }
  }

  /**
   * Resolves once the round is over: when somebody said so, or when this member could take all of being inside, which is
   * when everybody has left or died; then it says so to the others.
   */
  async #over(round: number, wait: Wait): Promise<void> {
    const settled = new AbortController();
    const link = linkSignals([wait.signal, settled.signal]);
    const patience = { ...wait, signal: link.signal };
    const heard = this.#progress.until((p) => p.round > round || !p.isRunning, patience);
    const ended = this.#end(round, patience);
    try {
      await Promise.race([heard, ended]);
    } finally {
      settled.abort();
      link.release();
      await Promise.allSettled([heard, ended]);
    }
  }

  async #end(round: number, wait: Wait): Promise<void> {
    const all = await this.#acquire(this.#insides, this.members, wait);
    try {
      const seen = await this.#progress.read(UNDO);
      // Another that was there before may have ended it.
      if (seen.round !== round || !seen.isRunning) return;
      await this.#progress.change(seen, { round, isRunning: false }, UNDO);
    } finally {
      await this.#release(all);
    }
  }

  /** Takes back what an `enter` had begun, but for the place; resolves with the round if it has begun nevertheless. */
  async #undo(held: Held): Promise<number | undefined> {
    if (held.inside === undefined) return undefined;
    await this.#goOut(held);
    for (;;) {
      const seen = await this.#progress.read(UNDO);
      if (seen.isRunning) return seen.round;
      // Whoever found everybody inside before now has found too many.
      if (await this.#progress.change(seen, seen, UNDO)) return undefined;
    }
  }

  async #goOut(held: Held): Promise<void> {
    await this.#release(held.inside);
    if (held.isCounted) await this.#add(-1, UNDO);
    held.isCounted = false;
  }

  #acquire(name: string, permits: number, wait: Wait): Promise<Grant> {
    return this.#waits.write(wait, (m) =>
      this.#namespace.claims.acquire(name, { ...m, capacity: this.members, permits }),
    );
  }

  /** Works in an aborted run, too. */
  async #release(grant: Grant | undefined): Promise<void> {
    if (grant === undefined) return;
    const requestId = this.#namespace.requestId();
    await this.#namespace.claims.release(grant, { ...UNDO, requestId });
  }

  /** How many are inside, or more, because who died is not taken away: reason to look. */
  #add(by: number, wait: Wait): Promise<number> {
    const requestId = this.#namespace.requestId();
    return this.#namespace.registers.add(this.#count, by, { ...wait, requestId });
  }

  async #late(timeoutMs: number, cause: unknown): Promise<SyncError> {
    const there = await this.#namespace.claims.inspect(this.#places, UNDO).catch(() => undefined);
    const found =
      there === undefined ? "" : ` ${there.holders.length} of ${this.members} were there`;
    const message = `${this.#title}: not all had come after ${timeoutMs} ms;${found}`;
    return new SyncError("timeout", message, { cause });
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof SyncError && error.code === "timeout";
}
