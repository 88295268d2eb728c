import type { Redis } from "ioredis";
import type { KeyLayout } from "../keys.ts";
import type { Script } from "./scripts.ts";

/** How a {@link RedisConnection} reaches what it is connected to, one server or many. Reconnects by itself until dropped. */
export interface Link {
  readonly layout: KeyLayout;
  /** Carries the subscriptions. */
  readonly subscriber: Redis;
  readonly isReady: boolean;
  /** Called when it may have become ready, or no longer is. */
  onChange: () => void;
  readonly lastError: unknown;
  /** Rejects when the first attempt fails, with what made it fail. */
  connect(): Promise<void>;
  /** Rejects with what Redis answers. */
  run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown>;
  /** Resolves once the answers that Redis gave before the message have been dealt with. */
  answered(channel: string): Promise<void>;
  /** Those that hold keys, for SCAN. */
  primaries(): readonly Redis[];
  /** Removes keys, all of one run; resolves with how many there were. */
  unlink(keys: readonly string[]): Promise<number>;
  /** Resolves when Redis has answered. */
  ping(): Promise<unknown>;
  /** Ends politely, in the order of what was sent. */
  quit(): Promise<void>;
  /** Lets go of everything at once. */
  drop(): void;
}
