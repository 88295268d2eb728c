import type { Summary } from "./summary.ts";

/** Counts in whole numbers. Each line in the files says how much was added since the one before. */
export interface Counter {
  /** Since the last line was written. */
  readonly count: number;
  /** @throws {@link RuntimeError} `bad-metric` unless `by` is a whole number; 1 by default. */
  inc(by?: number): void;
  /** As {@link Counter.inc}, downwards. */
  dec(by?: number): void;
  /** Forgets what was added since the last line. */
  clear(): void;
}

/** Holds the latest of its values; 0 before the first. */
export interface Gauge {
  readonly value: number;
  /** @throws {@link RuntimeError} `bad-metric` for NaN and the infinities, which JSON cannot hold. */
  update(value: number): void;
}

/** A gauge that computes its value whenever it is looked at. */
export type FunctionalGauge = Pick<Gauge, "value">;

/** An exponentially weighted moving average of a rate. */
export interface Ewma {
  /** A second; 0 before the first tick. */
  readonly rate: number;
  /**
   * Adds events.
   *
   * @throws {@link RuntimeError} `bad-metric` for NaN and the infinities.
   */
  update(n: number): void;
  /** Takes in the events since the last tick. The caller ticks, every five seconds; nobody else does. */
  tick(): void;
}

/** How its values are distributed. */
export interface Histogram {
  /** @throws {@link RuntimeError} `bad-metric` for NaN and the infinities. */
  update(value: number): void;
  /** Of the values so far; of a resetting histogram, those since the last line was written. */
  summary(): Summary;
  /** Forgets all values. */
  clear(): void;
}

/** Events a second. */
export interface MeterRates {
  readonly count: number;
  /** Over one, five and fifteen minutes, exponentially weighted; taken every five seconds, so 0 before. */
  readonly m1: number;
  readonly m15: number;
  readonly m5: number;
  /** Since the meter was made. */
  readonly mean: number;
}

/** How often something happens. */
export interface Meter {
  /**
   * Notes that it happened, once by default.
   *
   * @throws {@link RuntimeError} `bad-metric` for NaN and the infinities.
   */
  mark(n?: number): void;
  rates(): MeterRates;
}

/** How long something takes, and how often it happens. In the files, durations are nanoseconds. */
export interface Timer {
  /** @throws {@link RuntimeError} `bad-metric` for NaN and the infinities. */
  update(durationMs: number): void;
  /** The time from `startMs`, a moment of `performance.now()`, to now. */
  updateSince(startMs: number): void;
  /** Runs the function and takes the time until it returns, or its promise resolves; nothing if it fails. */
  time<T>(body: () => T): T;
  /** The durations, in nanoseconds. */
  summary(): Summary;
  rates(): MeterRates;
}
