import type {
  Counter,
  Ewma,
  FunctionalGauge,
  Gauge,
  Histogram,
  Meter,
  Timer,
} from "./instruments.ts";
import type { Sample } from "./sample.ts";

/**
 * What an instance measures, of one kind: results or diagnostics.
 *
 * A name may carry tags, `rtt,peer=3,relay=no`, by which InfluxDB tells series apart; the files have the name as it is.
 * A metric is made when its name is first asked for, and is the same one ever after. Metrics other than points are
 * written at every harvest, changed or not, and once more when the environment is closed.
 *
 * Every method throws a {@link RuntimeError} `bad-metric` for an empty name, or one that belongs to a metric of another
 * kind.
 */
export interface Metrics {
  /**
   * Writes one value at once.
   *
   * @throws {@link RuntimeError} `bad-metric` for NaN and the infinities, which JSON cannot hold.
   */
  recordPoint(name: string, value: number): void;
  /** Counts; from 0 again after each harvest. */
  counter(name: string): Counter;
  /** Holds a value. */
  gauge(name: string): Gauge;
  /** Has its value computed at each harvest. Of a function that throws, nothing is written but one message. */
  gaugeF(name: string, value: () => number): FunctionalGauge;
  /** Averages a rate; `alpha`, up to 1, is the weight of the latest five seconds. */
  ewma(name: string, alpha: number): Ewma;
  /**
   * Tells how values are distributed. The sample says which: all unless given, with percentiles that are exact for
   * up to 1,024 values and within 0.1 % for more.
   */
  histogram(name: string, sample?: Sample): Histogram;
  /** As {@link Metrics.histogram}, of the values since the last harvest. */
  resettingHistogram(name: string): Histogram;
  /** Tells how often something happens. */
  meter(name: string): Meter;
  /** Tells how long something takes. The sample is, unless given, the Go SDK's: `newExpDecaySample(1028, 0.015)`. */
  timer(name: string, sample?: Sample): Timer;
  /** Keeps `reservoirSize` of all values, each as likely as any other. */
  newUniformSample(reservoirSize: number): Sample;
  /** Keeps `reservoirSize` of all values, later ones rather than earlier; `alpha` is how much rather, a second. */
  newExpDecaySample(reservoirSize: number, alpha: number): Sample;
  /** Harvests so often; 0 or less: only at the end. Unless set, results each 1,000 ms and diagnostics each 5,000 ms. */
  setFrequency(periodMs: number): void;
}
