import { pending, type Wait } from "./wait.ts";

/** Work that callers of this process who want it at the same time share; each waits for it as long as it likes. */
export class SharedWork {
  readonly #work: () => Promise<void>;
  #underWay: Promise<void> | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Joins the work under way, or begins it. */
  async join(wait: Wait): Promise<void> {
    this.#underWay ??= this.#work().finally(() => {
      this.#underWay = undefined;
    });
    const waiter = pending<void>(wait, (ms) => `the store did not answer within ${ms} ms`);
    this.#underWay.then(waiter.resolve, waiter.reject);
    await waiter.promise;
  }
}
