import type { Namespace } from "@groundplan/sync";
import { type Clock, processClock } from "./clock.ts";
import { type ProgressBoard, progressBoard } from "./progress.ts";
import { type Shared, sharedIn } from "./shared.ts";

/** What an instance takes from the process it is in, or a simulation gives it instead. */
export interface Surroundings {
  readonly clock: Clock;
  readonly shared: Shared;
  /** What instances are doing, for those who miss them. */
  readonly progress: Pick<ProgressBoard, "set" | "end" | "read">;
  /** The values of its stages, by stage id; inside rounds, of the present one. */
  readonly values: Map<string, unknown>;
  /** Last registered first. */
  readonly cleanups: (() => void | Promise<void>)[];
}

export function surroundingsIn(namespace: Namespace): Surroundings {
  return {
    clock: processClock,
    shared: sharedIn(namespace),
    progress: progressBoard(namespace),
    values: new Map(),
    cleanups: [],
  };
}
