import type { Network, RunEnv } from "@groundplan/runtime";
import type { SyncClient } from "@groundplan/sync";
import type { Duration } from "./duration.ts";
import type { Member } from "./member.ts";
import type { Random } from "./random.ts";

/** The instance, as a body sees it. */
export interface Me<R extends string = string> extends Member {
  readonly role: R;
  /** Every instance of the run, in order of id. */
  readonly members: readonly Member[];
  /** The stage and, inside rounds, which one, counted from 1: `"ping/rtt#3"`. */
  readonly stage: string;
  /** Index of the innermost round, from 0. */
  readonly round: number;
  /** Which attempt of a stage with `retry` this is, from 1. */
  readonly attempt: number;
  /** Aborts when the stage or the run times out, when the run is aborted, and after an attempt that is followed by another. */
  readonly signal: AbortSignal;
  /** Draws of this instance alone: others in each stage, round and attempt, the same in every run with one seed. */
  readonly random: Random;
  /** The same draws at every instance that runs this stage, in each of its attempts. */
  readonly common: Random;
  /** Milliseconds since the roster was complete. */
  now(): number;
  /** Rejects with the signal's reason if {@link Me.signal} aborts first. */
  sleep(time: Duration): Promise<void>;
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Writes a point to the run's results. */
  measure(name: string, value: number): void;
  /** Runs after the last stage of all instances, or after an abort; last registered first. At once if that is past. */
  cleanup(dispose: () => void | Promise<void>): void;
  readonly env: RunEnv;
  /** This instance's data network. A `shape` stage sets it for all, and waits for all. */
  readonly network: Network;
  /** Coordination outside the choreography. What is done here is outside its guarantees too. */
  readonly sync: SyncClient;
}
