import { inboxPrefix } from "../keys.ts";
import { CHECK } from "./claim-acquire-scripts.ts";
import { ClaimKeys, type Keys } from "./claim-keys.ts";
import type { RunAccess } from "./run-access.ts";
import type { Script } from "./scripts.ts";
import { SingleFlight } from "./single-flight.ts";

/** Runs the scripts of claim queues, and whatever they leave to be done when they come to their bounds. */
export class ClaimCalls {
  readonly keys: ClaimKeys;
  readonly #run: RunAccess;
  readonly #inboxes: string;
  readonly #goingOn = new SingleFlight<void>();

  constructor(run: RunAccess, base: string) {
    this.keys = new ClaimKeys(base);
    this.#run = run;
    this.#inboxes = inboxPrefix(base);
  }

  /** Resolves with what the script answers behind its status. `queues` are those it works on. */
  async run(
    script: Script,
    queues: readonly string[],
    keys: Keys,
    args: readonly (string | number)[] = [],
  ): Promise<readonly unknown[]> {
    const reply = await this.#run.scripts.run(script, keys, [this.#inboxes, ...args]);
    if (reply.at(-1) === 1) for (const queue of queues) this.#goOn(queue);
    return reply;
  }

  /** Whoever waits asks again by itself if this fails. */
  #goOn(queue: string): void {
    this.#goingOn
      .ask(queue, async () => {
        const keys = this.keys.ofQueue(queue);
        for (let more: unknown = 1; more === 1; ) {
          const reply = await this.#run.scripts.run(CHECK, keys, [this.#inboxes]);
          more = reply.at(-1);
        }
      })
      .catch(() => {});
  }
}
