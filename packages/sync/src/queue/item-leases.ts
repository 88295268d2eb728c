import type { QueuedItem, QueueShape } from "../atoms/queues.ts";
import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";

/** The most that one call extends. */
const MOST_EXTENDED = 1_000;

/** An item that this process has in hand. */
export interface ItemHold {
  readonly lost: AbortSignal;
  /** It is settled: not renewed any more, and not lost either. */
  end(): void;
}

interface Held extends Pick<QueuedItem, "id" | "token"> {
  extend(since: number): void;
  lose(): void;
}

export interface ItemLeasesOptions {
  readonly namespace: Namespace;
  /** For messages. */
  readonly title: string;
  readonly queue: string;
  readonly shape: QueueShape;
  readonly leaseMs: number;
}

/** Keeps the items that this process has in hand: one timer and one call extend all of them. */
export class ItemLeases {
  readonly #options: ItemLeasesOptions;
  readonly #held = new Set<Held>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ItemLeasesOptions) {
    this.#options = options;
  }

  /** `since`: when it was asked for, by `performance.now`. Its lease did not begin before that. */
  hold({ id, token }: QueuedItem, since: number): ItemHold {
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(timer);
      this.#held.delete(held);
    };
    const lose = (): void => {
      end();
      controller.abort(this.#lost(id));
    };
    const extend = (since: number): void => {
      clearTimeout(timer);
      // Some time before the store lets go of it, and never by its clock.
      const left = since + this.#options.leaseMs * 0.9 - performance.now();
      timer = setTimeout(lose, Math.max(0, left)).unref();
    };
    const held: Held = { id, token, extend, lose };
    this.#held.add(held);
    extend(since);
    this.#schedule();
    return { lost: controller.signal, end };
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#held.size === 0) return;
    const ms = (this.#options.leaseMs / 3) * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => void this.#renew(), ms).unref();
  }

  async #renew(): Promise<void> {
    const all = [...this.#held];
    for (let at = 0; at < all.length; at += MOST_EXTENDED) {
      // What cannot be renewed in time is lost by its own timer.
      await this.#extend(all.slice(at, at + MOST_EXTENDED)).catch(() => {});
    }
    this.#timer = undefined;
    this.#schedule();
  }

  async #extend(held: readonly Held[]): Promise<void> {
    const { namespace, queue, shape, leaseMs } = this.#options;
    const since = performance.now();
    const items = held.map(({ id, token }) => ({ id, token }));
    const timeoutMs = leaseMs;
    const extended = await namespace.queues.extend(queue, { items, shape, leaseMs, timeoutMs });
    for (const [i, one] of held.entries()) {
      // Those that were settled meanwhile are over.
      if (!this.#held.has(one)) continue;
      if (extended[i] === true) one.extend(since);
      else one.lose();
    }
  }

  #lost(id: string): SyncError {
    return new SyncError(
      "not-owner",
      `${this.#options.title}: item "${id}" could not be kept for longer than ${this.#options.leaseMs} ms, and may be another's by now`,
    );
  }
}
