import type { Socket } from "node:net";

/** How a network passes bytes on. */
export interface Pace {
  readonly delayMs: number;
  readonly bytesPerSecond: number;
}

/** One direction of a connection: everything in order, as late and as slow as the network is at the time. */
export class Flow {
  readonly #to: Socket;
  readonly #waiting: { readonly at: number; readonly chunk: Buffer }[] = [];
  #free = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(to: Socket) {
    this.#to = to;
  }

  send(chunk: Buffer, { delayMs, bytesPerSecond }: Pace): void {
    const now = performance.now();
    const at = Math.max(now + delayMs, this.#free) + (chunk.length / bytesPerSecond) * 1_000;
    this.#free = at;
    if (at <= now && this.#waiting.length === 0) {
      this.#to.write(chunk);
      return;
    }
    this.#waiting.push({ at, chunk });
    if (this.#timer === undefined) this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #schedule(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#waiting.shift();
      this.#to.write(next.chunk);
      this.#schedule();
    }, next.at - performance.now());
  }
}
