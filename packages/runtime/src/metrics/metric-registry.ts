import { nanoseconds } from "../line.ts";
import { RuntimeError } from "../runtime-error.ts";
import { errorText, toError } from "../thrown.ts";
import { ResettingCounter } from "./counter.ts";
import { EveryValue } from "./every-value.ts";
import { TickedEwma } from "./ewma.ts";
import { ExpDecaySample } from "./exp-decay-sample.ts";
import { ComputedGauge, ValueGauge } from "./gauge.ts";
import { ResettingHistogram, SampledHistogram } from "./histogram.ts";
import type {
  Counter,
  Ewma,
  FunctionalGauge,
  Gauge,
  Histogram,
  Meter,
  Timer,
} from "./instruments.ts";
import { LazyMeter } from "./meter.ts";
import { finite, positive } from "./metric-value.ts";
import type { Metrics } from "./metrics.ts";
import type { Instrument, Measures, Observation } from "./observation.ts";
import type { Sample } from "./sample.ts";
import { SampledTimer } from "./timer.ts";
import { UniformSample } from "./uniform-sample.ts";

/** Where a registry's observations go. */
export interface MetricSink {
  take(observations: readonly Observation[]): void;
  /** A metric has no figures to write; said once for each. */
  fail(message: string): void;
}

const MAX_PERIOD_MS = 2 ** 31 - 1;

/** The metrics of one kind of an instance, and their harvest. */
export class MetricRegistry implements Metrics {
  readonly #instruments = new Map<string, Instrument>();
  readonly #sink: MetricSink;
  #failed: Set<string> | undefined;
  #periodMs: number;
  #schedule: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(periodMs: number, sink: MetricSink) {
    this.#periodMs = periodMs;
    this.#sink = sink;
  }

  recordPoint(name: string, value: number): void {
    const measures = { value: finite(`the point '${named(name)}'`, value) };
    if (this.#isClosed) return;
    this.#sink.take([{ ts: nanoseconds(), type: "point", name, measures }]);
  }

  counter(name: string): Counter {
    return this.#get(name, ResettingCounter, () => new ResettingCounter(name));
  }

  gauge(name: string): Gauge {
    return this.#get(name, ValueGauge, () => new ValueGauge(name));
  }

  gaugeF(name: string, value: () => number): FunctionalGauge {
    return this.#get(name, ComputedGauge, () => new ComputedGauge(value));
  }

  ewma(name: string, alpha: number): Ewma {
    positive(`alpha of the EWMA '${name}'`, alpha);
    return this.#get(name, TickedEwma, () => new TickedEwma(name, alpha));
  }

  histogram(name: string, sample: Sample = new EveryValue()): Histogram {
    return this.#get(name, SampledHistogram, () => new SampledHistogram(name, sample));
  }

  resettingHistogram(name: string): Histogram {
    return this.#get(name, ResettingHistogram, () => new ResettingHistogram(name));
  }

  meter(name: string): Meter {
    return this.#get(name, LazyMeter, () => new LazyMeter(name));
  }

  timer(name: string, sample: Sample = new ExpDecaySample(1028, 0.015)): Timer {
    return this.#get(name, SampledTimer, () => new SampledTimer(name, sample));
  }

  newUniformSample(reservoirSize: number): Sample {
    return new UniformSample(reservoir(reservoirSize));
  }

  newExpDecaySample(reservoirSize: number, alpha: number): Sample {
    const size = reservoir(reservoirSize);
    return new ExpDecaySample(size, positive("alpha of a sample", alpha));
  }

  setFrequency(periodMs: number): void {
    this.#periodMs = finite("the period of the harvests", periodMs);
    clearInterval(this.#schedule);
    this.#schedule = undefined;
    this.#start();
  }

  /** Registers something that measures on its own. Replaces what has the name. */
  register(name: string, instrument: Instrument): void {
    this.#instruments.set(name, instrument);
    this.#start();
  }

  /** The figures as they are, without a harvest. */
  observe(): readonly Observation[] {
    return this.#observations((instrument) => instrument.measures());
  }

  /** Writes every metric. */
  harvest(): void {
    if (this.#isClosed || this.#instruments.size === 0) return;
    this.#sink.take(this.#observations((instrument) => instrument.harvest()));
  }

  /** Harvests once more, and never again. What is measured later is dropped. */
  close(): void {
    clearInterval(this.#schedule);
    this.harvest();
    this.#isClosed = true;
  }

  #get<T extends Instrument>(
    name: string,
    type: abstract new (...parts: never[]) => T,
    make: () => T,
  ): T {
    const found = this.#instruments.get(named(name));
    if (found instanceof type) return found;
    const made = make();
    if (found === undefined) {
      this.register(name, made);
      return made;
    }
    throw new RuntimeError(
      "bad-metric",
      `'${name}' cannot be a ${made.kind}: it is a ${found.kind} already; give one of them another name`,
    );
  }

  #start(): void {
    if (this.#isClosed || this.#instruments.size === 0 || this.#periodMs <= 0) return;
    const periodMs = Math.min(this.#periodMs, MAX_PERIOD_MS);
    this.#schedule ??= setInterval(() => this.harvest(), periodMs).unref();
  }

  #observations(read: (instrument: Instrument) => Measures): Observation[] {
    const ts = nanoseconds();
    const observations: Observation[] = [];
    for (const [name, instrument] of this.#instruments) {
      const measures = this.#read(name, () => read(instrument));
      if (measures !== undefined) observations.push({ ts, type: instrument.type, name, measures });
    }
    return observations;
  }

  #read(name: string, read: () => Measures): Measures | undefined {
    try {
      const measures = read();
      const bad = Object.entries(measures).find(([, value]) => !Number.isFinite(value));
      if (bad === undefined) return measures;
      this.#fail(name, `its ${bad[0]} is ${String(bad[1])}`);
    } catch (thrown) {
      this.#fail(name, errorText(toError(thrown)));
    }
    return undefined;
  }

  #fail(name: string, reason: string): void {
    this.#failed ??= new Set();
    if (this.#failed.has(name)) return;
    this.#failed.add(name);
    this.#sink.fail(`failed to emit metric '${name}': ${reason}`);
  }
}

function named(name: string): string {
  if (name !== "") return name;
  throw new RuntimeError("bad-metric", "a metric has an empty name; give it one");
}

function reservoir(size: number): number {
  if (Number.isSafeInteger(size) && size > 0 && size <= MAX_RESERVOIR) return size;
  throw new RuntimeError(
    "bad-metric",
    `a reservoir of ${String(size)} values; expected a whole number from 1 to ${MAX_RESERVOIR}`,
  );
}

const MAX_RESERVOIR = 2 ** 24;
