import type { Summary } from "./summary.ts";

/** What a histogram keeps of its values. */
export interface Sample {
  /** Takes a finite value. */
  update(value: number): void;
  /** How the values kept are distributed. */
  summary(): Summary;
  /** Forgets all values. */
  clear(): void;
}
