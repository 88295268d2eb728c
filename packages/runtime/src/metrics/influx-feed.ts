import type { RunParams } from "../run-params.ts";
import { influxDestination } from "./influx-delivery.ts";
import { InfluxWriter } from "./influx-writer.ts";
import { influxInteger, influxLine } from "./line-protocol.ts";
import { taggedName } from "./metric-name.ts";
import type { Observation } from "./observation.ts";

/** The two kinds of metrics. */
export type MetricsKind = "results" | "diagnostics";

/** How the events of an instance are called in InfluxDB. */
export type InfluxEvent = "start_event" | "SuccessEvent" | "failure_event" | "crash_event";

/** What an instance tells InfluxDB, in the names of the Go SDK. */
export class InfluxFeed {
  readonly #writer: InfluxWriter;
  readonly #address: string;
  readonly #params: RunParams;
  readonly #warn: (message: string) => void;
  readonly #warned = new Set<string>();

  constructor(address: URL, params: RunParams, warn: (message: string) => void) {
    this.#writer = new InfluxWriter(influxDestination(address));
    this.#address = address.host;
    this.#params = params;
    this.#warn = warn;
  }

  observe(kind: MetricsKind, { ts, type, name: text, measures }: Observation): void {
    const { plan, case: testCase } = this.#params;
    const { name, tags, invalid } = taggedName(text);
    for (const tag of invalid) this.#warnOnce(name, tag);
    // The Go SDK reads its results back from JSON, where an integer is a number like others.
    const isInteger = kind === "diagnostics" && type === "counter";
    const fields = isInteger ? { count: influxInteger(measures["count"] ?? 0) } : measures;
    const measurement = `${kind}.${plan}-${testCase}.${name}.${type}`;
    this.#writer.write(influxLine({ measurement, tags: this.#tags(tags), fields, ts }));
  }

  event(type: InfluxEvent): void {
    const tags = this.#tags([["event_type", type]]);
    const fields = { count: influxInteger(1) };
    this.#writer.write(influxLine({ measurement: "events", tags, fields }));
  }

  /** Resolves with what to tell the user, if anything was lost. */
  async close(): Promise<string | undefined> {
    const { lost, points, reason } = await this.#writer.close();
    if (lost === 0) return undefined;
    return `InfluxDB at ${this.#address} did not take ${lost} of ${points} points: ${reason}; the output files have them all`;
  }

  #tags(own: Iterable<readonly [string, string]>): ReadonlyMap<string, string> {
    const { run, group } = this.#params;
    return new Map([["run", run], ["group_id", group], ...own]);
  }

  #warnOnce(name: string, tag: string): void {
    const message = `skipping invalid tag for metric; name: ${name}, tag: ${tag}`;
    if (this.#warned.size >= MAX_WARNINGS || this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#warn(message);
  }
}

const MAX_WARNINGS = 20;
