import type { Member } from "../member.ts";
import type { Outcome } from "../perform/conclude.ts";
import type { JournalEvent } from "../perform/journal.ts";

/** How an instance of a simulated run ended. */
export type SimulatedOutcome =
  | Outcome
  /** It waits, or its body does, and nothing can happen any more; or a fault made its process vanish. */
  | { readonly type: "stuck" | "crashed"; readonly stage: string };

/** What a simulated run came to. */
export interface Simulation {
  /**
   * `"ok"`: the run went to its end, perhaps without instances that its roles can lose. `"stuck"`: somebody waits and
   * nothing can happen any more but that time runs out.
   */
  readonly outcome: "ok" | "failed" | "stuck";
  /** For people: what happened, and how to have it happen again. */
  readonly text: string;
  readonly seed: number;
  /** In order of id; processes that were restarted last. */
  readonly instances: readonly { readonly member: Member; readonly outcome: SimulatedOutcome }[];
  /** In the order in which it happened; empty if it was not kept. */
  readonly journal: readonly JournalEvent[];
  /** Of the whole run; equal for equal input. */
  readonly hash: string;
  /** From the start of the first instance to the last event. */
  readonly virtualMs: number;
  /** How many events it took. */
  readonly events: number;
  /** The value a stage gave to an instance; inside rounds, in the last. */
  value(stage: string, id: number): unknown;
}
