import type { ScheduleResult } from "./lane.ts";
import { scheduleOf } from "./schedule.ts";
import { GUARANTEES } from "./violation.ts";

/** Counts what the schedules came to, and says at once what one of them violated. */
export class Tally {
  readonly #print: (line: string) => void;
  readonly #begun = performance.now();
  readonly #violations = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  #schedules = 0;
  #operations = 0;
  #reconnects = 0;
  #longest = { ms: 0, seed: 0 };

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get violations(): number {
    return [...this.#violations.values()].reduce((sum, count) => sum + count, 0);
  }

  add({ seed, violations, operations, longestMs, reconnects }: ScheduleResult): void {
    this.#schedules++;
    this.#operations += operations;
    this.#reconnects += reconnects;
    if (longestMs > this.#longest.ms) this.#longest = { ms: longestMs, seed };
    const { faults, deathAtMs } = scheduleOf(seed);
    for (const { type } of faults) count(this.#faults, type);
    if (deathAtMs !== undefined) count(this.#faults, "kill worker");
    for (const { of, text } of violations) {
      count(this.#violations, of);
      this.#print(`seed ${seed}: ${of}: ${text.slice(0, 500)}`);
    }
    if (violations.length > 0) this.#print(`again: pnpm test:faults --seed ${seed}`);
  }

  /** A schedule that did not come to its end. */
  failed(seed: number, text: string): void {
    const violations = [{ of: "hangs", text }] as const;
    this.add({ seed, violations, operations: 0, longestMs: 0, reconnects: 0 });
  }

  summary(): string {
    const seconds = Math.round((performance.now() - this.#begun) / 1_000);
    const faults = [...this.#faults].sort(([a], [b]) => a.localeCompare(b));
    const all = faults.reduce((sum, [, n]) => sum + n, 0);
    const { ms, seed } = this.#longest;
    return [
      `faults inflicted: ${faults.map(([type, n]) => `${type} ${n}`).join(", ")}`,
      `violations: ${GUARANTEES.map((of) => `${this.#violations.get(of) ?? 0} ${of}`).join(", ")}`,
      `${this.#schedules} schedules, ${this.violations} violations: ${this.#operations} operations, ${all} faults, ${this.#reconnects} reconnects, longest operation ${(ms / 1_000).toFixed(1)} s (seed ${seed}), ${seconds} s`,
    ].join("\n");
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
