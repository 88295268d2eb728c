import type { Wait } from "@groundplan/sync";
import type { Registry } from "prom-client";
import type { z } from "zod";
import { Assets, type Snapshots } from "./assets/assets.ts";
import type { RandomFileOptions } from "./assets/random-file.ts";
import type { RawAsset } from "./assets/raw-asset.ts";
import type { StructuredAsset } from "./assets/structured-asset.ts";
import { containedPath } from "./contained-path.ts";
import type { InstanceResult } from "./instance-result.ts";
import { eventLine, labelLine, logLine } from "./line.ts";
import type { InfluxEvent } from "./metrics/influx-feed.ts";
import { InstanceMetrics } from "./metrics/instance-metrics.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { type Outputs, openOutputs } from "./outputs.ts";
import { TextParams } from "./param-getters.ts";
import type { RunEnv, RunEnvOptions } from "./run-env.ts";
import { lineOf, type RunEvent, type StageEvent, startEvent, terminalEvent } from "./run-event.ts";
import type { Environment, RunParams } from "./run-params.ts";
import { parseRunnerParams, type RunnerParams } from "./runner-params.ts";
import { writeOwnLine } from "./stdout-guard.ts";
import { typedParams } from "./typed-params.ts";

/**
 * Opens the environment of an instance; closed by the caller.
 *
 * Creates the directories the parameters name, and `run.out`, `run.err`, `results.out` and `diagnostics.out` in the
 * first. Without an outputs directory there is stdout only.
 *
 * @throws {@link RuntimeError} `bad-outputs` if they cannot be created or written.
 */
export function openRunEnv(params: RunParams, options: RunEnvOptions = {}): RunEnv {
  return new FileRunEnv(params, openOutputs(params.outputsPath, params.tempPath), options);
}

const QUIET = new Set(["warn", "error", "dpanic", "panic", "fatal"]);

/** The environment over outputs that are open already. */
export class FileRunEnv extends TextParams implements RunEnv {
  readonly runParams: RunParams;
  readonly runner: RunnerParams;
  readonly metrics: InstanceMetrics;
  readonly #outputs: Outputs;
  readonly #write: (line: string) => void;
  readonly #label: number | undefined;
  readonly #isQuiet: boolean;
  readonly #environment: Environment;
  readonly #assets: Assets;
  #publish: (event: StageEvent, wait: Wait) => Promise<void> = async () => {};
  #registry: Promise<Registry> | undefined;
  #httpAddress: string | undefined;
  #outcome: InstanceResult | undefined;

  constructor(params: RunParams, outputs: Outputs, options: RunEnvOptions) {
    const { environment = {} } = options;
    super(params.params, environment);
    this.runParams = params;
    this.runner = parseRunnerParams(environment);
    this.#environment = environment;
    this.#assets = new Assets(params, (message) => this.recordMessage(message));
    this.#outputs = outputs;
    this.#write = options.write ?? writeOwnLine;
    this.#label = options.label;
    this.#isQuiet = QUIET.has(options.logLevel?.toLowerCase() ?? "");
    const message = (text: string): void => this.recordMessage(text);
    this.metrics = new InstanceMetrics({ params, outputs, message, ...options });
  }

  get plan(): string {
    return this.runParams.plan;
  }
  get case(): string {
    return this.runParams.case;
  }
  get run(): string {
    return this.runParams.run;
  }
  get group(): string {
    return this.runParams.group;
  }
  get instances(): number {
    return this.runParams.instances;
  }
  get groupInstances(): number {
    return this.runParams.groupInstances;
  }
  get sidecar(): boolean {
    return this.runParams.sidecar;
  }
  get outcome(): InstanceResult | undefined {
    return this.#outcome;
  }
  get httpAddress(): string | undefined {
    return this.#httpAddress;
  }

  results(): Metrics {
    return this.metrics.results;
  }

  diagnostics(): Metrics {
    return this.metrics.diagnostics;
  }

  R(): Metrics {
    return this.results();
  }

  D(): Metrics {
    return this.diagnostics();
  }

  params<S extends z.ZodObject>(schema: S): z.output<S> {
    return typedParams(schema, this.runParams.params, this.#environment);
  }

  log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (!this.#isQuiet) this.#emit(logLine(this, message, fields));
  }

  recordMessage(message: string): void {
    if (!this.#isQuiet) this.#emitEvent({ message_event: { message } });
  }

  recordStageStart(name: string, wait: Wait = {}): Promise<void> {
    return this.#publish({ stage_start_event: { name, group: this.group } }, wait);
  }

  recordStageEnd(name: string, wait: Wait = {}): Promise<void> {
    return this.#publish({ stage_end_event: { name, group: this.group } }, wait);
  }

  /** Says where stage events go from now on. */
  publishWith(publish: (event: StageEvent, wait: Wait) => Promise<void>): void {
    this.#publish = publish;
  }

  recordStart(): void {
    this.metrics.event("start_event");
    if (this.#isQuiet) return;
    this.#emitEvent(startEvent(this.runParams), startEvent(this.runParams, {}));
  }

  recordSuccess(): void {
    this.conclude({ type: "ok" });
  }

  recordFailure(error: Error): void {
    this.conclude({ type: "failed", error });
  }

  recordCrash(error: Error): void {
    this.conclude({ type: "crashed", error, stack: error.stack ?? "" });
  }

  /** Writes the terminal event of this outcome, unless there was one; returns the outcome that stands. */
  conclude(result: InstanceResult): InstanceResult {
    if (this.#outcome === undefined) {
      this.#outcome = result;
      this.#emitEvent(terminalEvent(this.group, result));
      this.metrics.event(INFLUX_EVENTS[result.type]);
    }
    return this.#outcome;
  }

  outputPath(name: string): string {
    return containedPath("TEST_OUTPUTS_PATH", this.runParams.outputsPath, name);
  }

  tempPath(name: string): string {
    return containedPath("TEST_TEMP_PATH", this.runParams.tempPath, name);
  }

  createRawAsset(name: string): RawAsset {
    return this.#assets.createRawAsset(name);
  }

  createStructuredAsset(name: string): StructuredAsset {
    return this.#assets.createStructuredAsset(name);
  }

  createRandomFile(
    directory: string,
    size: number | string,
    options?: RandomFileOptions,
  ): Promise<string> {
    return this.#assets.createRandomFile(directory, size, options);
  }

  createRandomDirectory(directory: string, depth: number): Promise<string> {
    return this.#assets.createRandomDirectory(directory, depth);
  }

  httpPeriodicSnapshots(url: string, periodMs: number, directory: string): Snapshots {
    return this.#assets.httpPeriodicSnapshots(url, periodMs, directory);
  }

  registry(): Promise<Registry> {
    this.#registry ??= import("./metrics/prometheus-registry.ts").then(({ prometheusRegistry }) =>
      prometheusRegistry(this.metrics),
    );
    return this.#registry;
  }

  /** Serves at this address from now on. */
  servedAt(address: string | undefined): void {
    this.#httpAddress = address;
  }

  /** Appends to `run.err`. */
  errors(chunk: Buffer): void {
    this.#outputs.errors(chunk);
  }

  async close(): Promise<void> {
    await this.metrics.close();
    await this.#assets.close();
    this.#outputs.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #emitEvent(event: RunEvent, bare: RunEvent = event): void {
    this.#emit(eventLine(this, lineOf(event), lineOf(bare)));
  }

  #emit(line: string): void {
    this.#outputs.line(line);
    this.#write(`${this.#label === undefined ? line : labelLine(line, this.#label)}\n`);
  }
}

const INFLUX_EVENTS: Readonly<Record<InstanceResult["type"], InfluxEvent>> = {
  ok: "SuccessEvent",
  failed: "failure_event",
  aborted: "failure_event",
  crashed: "crash_event",
};
