import type { Joined } from "../atoms/groups.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import type { RunWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";

interface MemberOptions<T> {
  readonly namespace: Namespace;
  readonly waits: RunWaits;
  /** For messages. */
  readonly title: string;
  readonly joined: Joined;
  readonly payload: T;
  /** Throws what is wrong with a payload. */
  readonly encode: (payload: T) => string;
}

/**
 * Being a member of a {@link Membership}: ended by {@link Member.leave}, by `await using`, or, when its process dies, by
 * the store within the time to live of the session; then the others see it as down.
 */
export class Member<T = unknown> implements AsyncDisposable {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #title: string;
  readonly #joined: Joined;
  readonly #encode: (payload: T) => string;
  /** The same however often it is tried. */
  readonly #endId: string;
  #payload: T;
  #ending: Promise<boolean> | undefined;

  constructor({ namespace, waits, title, joined, payload, encode }: MemberOptions<T>) {
    this.#namespace = namespace;
    this.#waits = waits;
    this.#title = title;
    this.#joined = joined;
    this.#payload = payload;
    this.#encode = encode;
    this.#endId = namespace.requestId();
  }

  get id(): string {
    return this.#joined.id;
  }

  /** The number of this joining: greater than that of every earlier one, so that it tells two lives of one id apart. */
  get ticket(): number {
    return this.#joined.ticket;
  }

  /** What it last said of itself. */
  get payload(): T {
    return this.#payload;
  }

  /** Aborts when the store may have given up on this process, before the others can see it as down. Never comes back. */
  get lost(): AbortSignal {
    return this.#joined.lost;
  }

  /** Says something else of itself. Rejects with `not-owner` once it has left or is down. */
  async update(payload: T, wait: Wait = {}): Promise<void> {
    const json = this.#encode(payload);
    this.lost.throwIfAborted();
    const isMember =
      this.#ending === undefined &&
      (await this.#waits.write(wait, (m) => this.#namespace.groups.update(this.#joined, json, m)));
    if (isMember) this.#payload = payload;
    else throw this.#isNone();
  }

  /**
   * Leaves: the others see it no more. True for the call that did so, false if it had left or was down. Works in a run
   * that was aborted, too. After an error it may be called again.
   */
  leave(wait: Wait = {}): Promise<boolean> {
    return this.#end("left", wait);
  }

  /**
   * Goes down, as by the death of its process, which lives on: for an instance that crashed among others in one process.
   * True for the call that did so.
   */
  down(wait: Wait = {}): Promise<boolean> {
    return this.#end("down", wait);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  async #end(as: "left" | "down", wait: Wait): Promise<boolean> {
    if (this.#ending !== undefined) {
      await this.#ending;
      return false;
    }
    const ending = this.#tell(as, wait);
    this.#ending = ending;
    try {
      return await ending;
    } catch (error) {
      this.#ending = undefined;
      throw error;
    }
  }

  async #tell(as: "left" | "down", wait: Wait): Promise<boolean> {
    try {
      const mutation = { ...wait, requestId: this.#endId };
      return await this.#namespace.groups.leave(this.#joined, as, mutation);
    } catch (error) {
      // A namespace that closes ends what its session was.
      if (this.lost.aborted || (error instanceof SyncError && error.code === "closed"))
        return false;
      throw error;
    }
  }

  #isNone(): SyncError {
    const { id } = this;
    return new SyncError("not-owner", `${this.#title}: "${id}" has left or is down; join again`);
  }
}
