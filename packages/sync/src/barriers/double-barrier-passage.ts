import type { Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { firstOf } from "../first-of.ts";
import { requestOf } from "../named-request.ts";
import { linkSignals } from "../on-abort.ts";
import type { RunWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";
import type { DoubleBarrierOptions } from "./double-barrier.ts";
import { Absentees } from "./double-barrier-absentees.ts";
import type { DoubleBarrierProgress } from "./double-barrier-progress.ts";

/** How long each step of taking back what was begun may take; what it does not take back, the end of the session does. */
const UNDO: Wait = { timeoutMs: 2_000 };

/** What all who pass one double barrier in one process share. */
export interface PassageContext {
  readonly namespace: Namespace;
  readonly waits: RunWaits;
  readonly members: number;
  readonly options: DoubleBarrierOptions;
  readonly progress: DoubleBarrierProgress;
  /** For messages. */
  readonly title: string;
  /** The claim queue of places in a round, and that of being inside. */
  readonly places: string;
  readonly insides: string;
  /** The register that counts who is inside. */
  readonly count: string;
}

/** One member's way through a double barrier, from its place in the round to its leaving. */
export class Passage {
  readonly #context: PassageContext;
  readonly #member: string | undefined;
  readonly #absentees: Absentees;
  #place: Grant | undefined;
  #inside: Grant | undefined;
  #isCounted = false;

  constructor(context: PassageContext, member: string | undefined) {
    this.#context = context;
    this.#member = member;
    this.#absentees = new Absentees(context);
  }

  get lost(): AbortSignal {
    return (this.#inside ?? this.#place)?.lost ?? new AbortController().signal;
  }

  /** Resolves with the round once all its members are there. */
  async gather(wait: Wait, began: number): Promise<number> {
    const place = await this.#acquire(this.#context.places, 1, remaining(wait, began));
    this.#place = place;
    // Nothing is begun under a new session for a place that went with the old one.
    const link = linkSignals([wait.signal, place.lost]);
    try {
      return await this.#goIn({ ...wait, signal: link.signal }, began);
    } finally {
      link.release();
    }
  }

  async leave(round: number, wait: Wait): Promise<boolean> {
    try {
      await this.#goOut();
      await this.#over(round, wait);
      return true;
    } catch (error) {
      if (isTimeout(error)) return false;
      throw error;
    } finally {
      await this.giveUpPlace();
    }
  }

  /** Takes back what was begun, but for the place; resolves with the round if it has begun nevertheless. */
  async undo(): Promise<number | undefined> {
    const { progress } = this.#context;
    if (this.#inside === undefined) return undefined;
    await this.#goOut();
    for (;;) {
      const seen = await progress.read(UNDO);
      if (seen.isRunning) return seen.round;
      // Whoever found everybody inside before now has found too many.
      if (await progress.change(seen, seen, UNDO)) return undefined;
    }
  }

  async giveUpPlace(): Promise<void> {
    await this.#release(this.#place).catch(() => {});
  }

  async lateness(timeoutMs: number, cause: unknown): Promise<SyncError> {
    const { namespace, title, places, members } = this.#context;
    const there = await namespace.claims.inspect(places, UNDO).catch(() => undefined);
    const found = there === undefined ? "" : ` ${there.holders.length} of ${members} were there`;
    const message = `${title}: not all had come after ${timeoutMs} ms;${found}`;
    return new SyncError("timeout", message, { cause });
  }

  async #goIn(wait: Wait, began: number): Promise<number> {
    const { progress, insides, members, options } = this.#context;
    for (;;) {
      const { round, isRunning } = await progress.read(remaining(wait, began));
      if (!isRunning) break;
      // A place became free because its holder died or would not wait for the others to leave.
      await this.#over(round, remaining(wait, began));
    }
    this.#inside = await this.#acquire(insides, 1, remaining(wait, began));
    this.#isCounted = true;
    const count = await this.#add(1, remaining(wait, began));
    if (count >= members || options.policy === "shrink") {
      const begun = await this.#begin(remaining(wait, began));
      if (begun !== undefined) return begun;
    }
    return this.#begun(remaining(wait, began));
  }

  /** Begins the round if everybody is inside. Whoever undoes its arrival meanwhile has changed the progress. */
  async #begin(wait: Wait): Promise<number | undefined> {
    const { progress } = this.#context;
    for (;;) {
      const seen = await progress.read(wait);
      if (seen.isRunning) return seen.round;
      if (!(await this.#absentees.areAllOthersIn(wait))) return undefined;
      const round = seen.round + 1;
      if (await progress.change(seen, { round, isRunning: true }, wait)) return round;
    }
  }

  /** Resolves with the round once it has begun, by this member if a death makes it the last. */
  async #begun(wait: Wait): Promise<number> {
    const begun = async (w: Wait): Promise<number> => {
      const { round } = await this.#context.progress.until((p) => p.isRunning, w);
      return round;
    };
    const { policy = "strict" } = this.#context.options;
    return policy === "strict" ? begun(wait) : firstOf(wait, [begun, (w) => this.#without(w)]);
  }

  async #without(wait: Wait): Promise<number> {
    for (;;) {
      await this.#absentees.another(wait);
      const begun = await this.#begin(wait);
      if (begun !== undefined) return begun;
    }
  }

  /**
   * Resolves once the round is over: when somebody said so, or when this member could take all of being inside, which is
   * when everybody has left or died; then it says so to the others.
   */
  async #over(round: number, wait: Wait): Promise<void> {
    const { progress } = this.#context;
    await firstOf<unknown>(wait, [
      (w) => progress.until((p) => p.round > round || !p.isRunning, w),
      (w) => this.#end(round, w),
    ]);
  }

  async #end(round: number, wait: Wait): Promise<void> {
    const { progress, insides, members } = this.#context;
    const all = await this.#acquire(insides, members, wait);
    try {
      const seen = await progress.read(UNDO);
      // Another that was there before may have ended it.
      if (seen.round !== round || !seen.isRunning) return;
      await progress.change(seen, { round, isRunning: false }, UNDO);
    } finally {
      await this.#release(all);
    }
  }

  async #goOut(): Promise<void> {
    await this.#release(this.#inside);
    if (this.#isCounted) await this.#add(-1, UNDO);
    this.#isCounted = false;
  }

  #acquire(name: string, permits: number, wait: Wait): Promise<Grant> {
    const { namespace, waits, members } = this.#context;
    const requestId = requestOf(namespace.requestId(), this.#member);
    return waits.wait(wait, (w) =>
      namespace.claims.acquire(name, { ...w, requestId, capacity: members, permits }),
    );
  }

  /** Works in an aborted run, too. */
  async #release(grant: Grant | undefined): Promise<void> {
    if (grant === undefined) return;
    const { claims, requestId } = this.#context.namespace;
    await claims.release(grant, { ...UNDO, requestId: requestId() });
  }

  /** How many are inside, or more, because who died is not taken away: reason to look. */
  #add(by: number, wait: Wait): Promise<number> {
    const { namespace, count } = this.#context;
    return namespace.registers.add(count, by, { ...wait, requestId: namespace.requestId() });
  }
}

export function isTimeout(error: unknown): boolean {
  return error instanceof SyncError && error.code === "timeout";
}
