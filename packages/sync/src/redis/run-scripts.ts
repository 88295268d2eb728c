import { StateLostError, type SyncError } from "../error.ts";
import { channelOf } from "../keys.ts";
import type { RedisConnection } from "./connection.ts";
import { statusError } from "./failure.ts";
import { asNumber } from "./reply.ts";
import type { Script } from "./scripts.ts";

/** The scripts of one run under one epoch, or, with an empty epoch, of whatever keys are named. */
export class RunScripts {
  readonly connection: RedisConnection;
  readonly epoch: string;
  /** Called with the first error that says the state of the run is gone. */
  onLost: (error: SyncError) => void = () => {};
  readonly #meta: string | undefined;

  /** Without `meta` there is no epoch to check. */
  constructor(
    connection: RedisConnection,
    run?: { readonly meta: string; readonly epoch: string },
  ) {
    this.connection = connection;
    this.epoch = run?.epoch ?? "";
    this.#meta = run?.meta;
  }

  /** Resolves with what the script answers behind its status. The first of `keys` is the one worked on. */
  async run(
    script: Script,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[] = [],
  ): Promise<readonly unknown[]> {
    // Without an epoch, the key worked on stands where meta would: one more that is declared, in the same slot.
    const declared = [this.#meta ?? keys[0], ...keys];
    const reply = await this.connection.run(script, declared, [this.epoch, ...args]);
    const status = asNumber(reply[0]);
    if (status >= 0) return reply.slice(1);
    const error = statusError(this.connection.name, this.epoch, status, reply[1]);
    if (error.code === "state-lost") this.onLost(error);
    throw error;
  }

  /** Part of the state is gone, and the epoch does not tell. Without an epoch nobody can say what belongs together. */
  loseWrites(): void {
    if (this.epoch === "") return;
    const error = new StateLostError(this.connection.name, this.epoch, this.epoch);
    this.onLost(error);
    throw error;
  }

  /** As {@link run}, for a script that may announce that the key has grown. */
  runAnnouncing(
    script: Script,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[] = [],
  ): Promise<readonly unknown[]> {
    return this.run(script, keys, [channelOf(keys[0]), ...args]);
  }

  /** As {@link run}, for a script with a long reply. */
  runLarge(
    script: Script,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<readonly unknown[]> {
    return this.connection.large.pass(() => this.run(script, keys, args));
  }
}
