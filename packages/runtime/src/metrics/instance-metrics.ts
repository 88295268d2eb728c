import type { Outputs } from "../outputs.ts";
import type { RunParams } from "../run-params.ts";
import { type InfluxEvent, InfluxFeed, type MetricsKind } from "./influx-feed.ts";
import { MetricRegistry } from "./metric-registry.ts";
import { type Observation, observationLine } from "./observation.ts";
import { recordProcess } from "./process-statistics.ts";

/** What an instance's metrics need of it. */
export interface MetricsHost {
  readonly params: RunParams;
  readonly outputs: Outputs;
  /** Where InfluxDB listens, if anywhere. */
  readonly influxdbUrl?: string | undefined;
  /** Tells the user. */
  message(text: string): void;
}

const RESULTS_MS = 1_000;
const DIAGNOSTICS_MS = 5_000;

/** The results and diagnostics of an instance, on their way to the files and to InfluxDB. */
export class InstanceMetrics {
  readonly results: MetricRegistry;
  readonly diagnostics: MetricRegistry;
  readonly #host: MetricsHost;
  readonly #feed: InfluxFeed | undefined;
  #statistics: Disposable | undefined;
  #closed: Promise<void> | undefined;

  constructor(host: MetricsHost) {
    this.#host = host;
    this.#feed = openFeed(host);
    const { outputs } = host;
    const fail = (message: string): void => host.message(message);
    const sink = (kind: MetricsKind, write: (lines: string) => void) => ({
      take: (observations: readonly Observation[]) => this.#take(kind, write, observations),
      fail,
    });
    this.results = new MetricRegistry(RESULTS_MS, sink("results", outputs.results));
    this.diagnostics = new MetricRegistry(DIAGNOSTICS_MS, sink("diagnostics", outputs.diagnostics));
  }

  /** Has the statistics of the process among the diagnostics, unless another instance of the process has them. */
  recordProcess(): void {
    this.#statistics ??= recordProcess(this.diagnostics);
  }

  event(type: InfluxEvent): void {
    this.#feed?.event(type);
  }

  /** Writes every metric now. */
  harvest(): void {
    this.diagnostics.harvest();
    this.results.harvest();
  }

  /** Harvests once more and waits, two seconds at most, for InfluxDB; tells the user what that did not take. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.diagnostics.close();
    this.results.close();
    this.#statistics?.[Symbol.dispose]();
    const loss = await this.#feed?.close();
    if (loss !== undefined) this.#host.message(loss);
  }

  #take(
    kind: MetricsKind,
    write: (lines: string) => void,
    observations: readonly Observation[],
  ): void {
    write(observations.map(observationLine).join(""));
    for (const observation of observations) this.#feed?.observe(kind, observation);
  }
}

function openFeed({ params, influxdbUrl, message }: MetricsHost): InfluxFeed | undefined {
  if (params.disableMetrics || influxdbUrl === undefined || influxdbUrl === "") return undefined;
  if (/^https?:/i.test(influxdbUrl) && URL.canParse(influxdbUrl)) {
    return new InfluxFeed(new URL(influxdbUrl), params, message);
  }
  message("INFLUXDB_URL is no http or https URL; metrics go to the output files alone");
  return undefined;
}
