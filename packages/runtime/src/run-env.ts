import type { Wait } from "@groundplan/sync";
import type { Registry } from "prom-client";
import type { z } from "zod";
import type { AssetMaker } from "./assets/assets.ts";
import type { InstanceResult } from "./instance-result.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { ParamGetters } from "./param-getters.ts";
import type { Environment, RunParams } from "./run-params.ts";
import type { RunnerParams } from "./runner-params.ts";

/** The run as one instance sees it: its parameters, its log and events, its files. */
export interface RunEnv extends ParamGetters, AssetMaker, AsyncDisposable {
  readonly runParams: RunParams;
  /** What the runner tells besides: log level, hosts, addresses. */
  readonly runner: RunnerParams;
  readonly plan: string;
  readonly case: string;
  readonly run: string;
  readonly group: string;
  /** Of the whole run. */
  readonly instances: number;
  readonly groupInstances: number;
  /** Whether a sidecar shapes this instance's network. */
  readonly sidecar: boolean;
  /** The measurements that make the run's result: `results.out`, and InfluxDB if there is one. */
  results(): Metrics;
  /** The measurements that help to understand a run: `diagnostics.out`, and InfluxDB if there is one. */
  diagnostics(): Metrics;
  /** {@link RunEnv.results}, as the Go SDK calls it. */
  R(): Metrics;
  /** {@link RunEnv.diagnostics}, as the Go SDK calls it. */
  D(): Metrics;
  /**
   * The plan's parameters as the schema types them.
   *
   * @throws {@link RuntimeError} `bad-params`, naming every parameter at fault.
   */
  params<S extends z.ZodObject>(schema: S): z.output<S>;
  /** Writes a log line. A field whose name the line needs itself (`event`, `ts`, `msg`, …) gets a `_` after it. */
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Writes a message event, which runners show. */
  recordMessage(message: string): void;
  /**
   * Publishes among the run's events that this instance has entered a stage; not on stdout. Resolves when it is there,
   * or at once for an instance that is not connected to a store.
   */
  recordStageStart(name: string, wait?: Wait): Promise<void>;
  /** As {@link RunEnv.recordStageStart}, for a stage that is left. */
  recordStageEnd(name: string, wait?: Wait): Promise<void>;
  /** Writes the start event. Done by whoever invokes the test case. */
  recordStart(): void;
  /** Writes the terminal event. Done by whoever invokes the test case; of all three, only the first call counts. */
  recordSuccess(): void;
  /** As {@link RunEnv.recordSuccess}, for an instance that failed. */
  recordFailure(error: Error): void;
  /** As {@link RunEnv.recordSuccess}, for an instance in which something was thrown that nobody caught. */
  recordCrash(error: Error): void;
  /** How the instance ended, once its terminal event is written. */
  readonly outcome: InstanceResult | undefined;
  /**
   * The path of a file of this name in the outputs directory. Nothing is created.
   *
   * @throws {@link RuntimeError} `bad-path` if it would lie elsewhere, or there is no such directory.
   */
  outputPath(name: string): string;
  /** As {@link RunEnv.outputPath}, in the directory for what may be lost. */
  tempPath(name: string): string;
  /**
   * The registry of prom-client that `/metrics` shows; made when first asked for. It has the results and diagnostics, and
   * takes metrics of the plan's own.
   */
  registry(): Promise<Registry>;
  /** Where `/metrics` and `/debug/pprof/` are served, `127.0.0.1:6060`; `undefined` for an instance that serves nothing. */
  readonly httpAddress: string | undefined;
  /**
   * Writes all metrics once more and closes the files; what is written later goes to stdout alone. May be called twice.
   *
   * Waits for InfluxDB if there is one, two seconds at most.
   */
  close(): Promise<void>;
}

/** Where the lines go, and which. */
export interface RunEnvOptions {
  /** Takes each line, with its line feed; the process's stdout unless given. */
  readonly write?: ((line: string) => void) | undefined;
  /** Testground's `LOG_LEVEL`: `warn` and above leave terminal events only; `info` unless given. */
  readonly logLevel?: string | undefined;
  /** Adds `"instance":n` to the lines on stdout, where several instances share it. */
  readonly label?: number | undefined;
  /** Testground's `INFLUXDB_URL`: takes the metrics too, unless the parameters disable that. None unless given. */
  readonly influxdbUrl?: string | undefined;
  /** What the runner passed besides the parameters: ports and the like. Empty unless given. */
  readonly environment?: Environment | undefined;
}
