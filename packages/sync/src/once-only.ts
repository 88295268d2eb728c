import { SharedWork } from "./shared-work.ts";
import type { Wait } from "./wait.ts";

/** Work that this process does once, before whatever needs it. Done again if it failed. */
export class OnceOnly {
  readonly #work: SharedWork;
  #isDone = false;

  constructor(work: () => Promise<void>) {
    this.#work = new SharedWork(async () => {
      await work();
      this.#isDone = true;
    });
  }

  async done(wait: Wait): Promise<void> {
    if (!this.#isDone) await this.#work.join(wait);
  }
}
