import { SyncError, type Wait } from "@groundplan/sync";
import { Exchange, type Request } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import { onAbort } from "./on-abort.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How the way between an instance and the store is. */
export interface LineOptions {
  readonly time: VirtualTime;
  readonly limits: Limits;
  /** In [0, 1), the same in every run with one seed. */
  readonly draw: () => number;
  /** The shortest and the longest of each way of an exchange, half of the whole. */
  readonly wayMs: readonly [number, number];
  /** When it is cut, from and to, in milliseconds of virtual time. */
  readonly cuts: readonly (readonly [from: number, to: number])[];
  /** The share of the writes that are sent twice. */
  readonly resent: number;
  /** Hears when more or fewer exchanges are waited for. */
  readonly waiting: (more: 1 | -1) => void;
}

/** What is asked of the store. */
export interface Asked {
  /** For messages: `log "lost"`. */
  readonly what: string;
  readonly isWrite?: boolean;
  /** Waits for what may never come, beside whatever the instance does. */
  readonly isIdle?: boolean;
}

const NEVER: Promise<never> = new Promise(() => {});

/** One instance's connection to the simulated store. What goes over it arrives in order. */
export class Line {
  readonly #options: LineOptions;
  #arrived = 0;
  #isGone = false;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Whether its process has vanished: then nothing comes through any more, to either side. */
  get isGone(): boolean {
    return this.#isGone;
  }

  vanish(): void {
    this.#isGone = true;
  }

  /** Asks the store; resolves with its answer, or rejects as the wait says. */
  ask<T>(asked: Asked, wait: Wait, request: Request<T>): Promise<T> {
    if (this.#isGone) return NEVER;
    const { signal, timeoutMs } = wait;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const exchange = new Exchange({ line: this, request, resolve, reject, asked });
      exchange.end = this.#ending(exchange, asked, signal, timeoutMs);
      this.send(exchange, asked.isWrite ?? false);
    });
  }

  /** The answer is on its way back. */
  reply(deliver: () => void): void {
    const { time } = this.#options;
    time.after(this.#through(time.now + this.#way()) - time.now, () => {
      if (!this.#isGone) deliver();
    });
  }

  send(exchange: { arrive(): void }, isWrite: boolean): void {
    const { time, draw, resent } = this.#options;
    this.#arrived = Math.max(this.#arrived, this.#through(time.now + this.#way()));
    time.after(this.#arrived - time.now, () => exchange.arrive(), "silent");
    if (!isWrite || resent === 0 || draw() >= resent) return;
    time.after(this.#arrived - time.now + this.#way(), () => exchange.arrive(), "silent");
  }

  #ending<T>(
    exchange: Exchange<T>,
    { what, isIdle = false }: Asked,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
  ): () => void {
    const { limits, waiting } = this.#options;
    const fail = (error: unknown): void => exchange.fail(error);
    const stop = signal === undefined ? undefined : onAbort(signal, fail);
    const expire = (): void => fail(late(what, timeoutMs ?? 0));
    const relax = timeoutMs === undefined ? undefined : limits.limit(timeoutMs, expire);
    if (!isIdle) waiting(1);
    return () => {
      stop?.();
      relax?.();
      if (!isIdle) waiting(-1);
    };
  }

  #way(): number {
    const [least, most] = this.#options.wayMs;
    return least + (most - least) * this.#options.draw();
  }

  /** When what would get there at that moment does: after a cut, which holds it up. */
  #through(moment: number): number {
    let at = moment;
    for (const [from, to] of this.#options.cuts) if (at >= from && at < to) at = to + this.#way();
    return at;
  }
}

function late(what: string, ms: number): SyncError {
  return new SyncError("timeout", `${what}: not within ${Math.ceil(ms)} ms of virtual time`);
}
