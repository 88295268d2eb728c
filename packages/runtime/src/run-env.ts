import type { z } from "zod";
import { containedPath } from "./contained-path.ts";
import type { InstanceResult } from "./instance-result.ts";
import { eventLine, labelLine, logLine, pointLine } from "./line.ts";
import { type Outputs, openOutputs } from "./outputs.ts";
import { startEvent, terminalEvent } from "./run-event.ts";
import type { RunParams } from "./run-params.ts";
import { RuntimeError } from "./runtime-error.ts";
import { typedParams } from "./typed-params.ts";

/** The run as one instance sees it: its parameters, its log and events, its files. */
export interface RunEnv extends AsyncDisposable {
  readonly runParams: RunParams;
  readonly plan: string;
  readonly case: string;
  readonly run: string;
  readonly group: string;
  /** Of the whole run. */
  readonly instances: number;
  readonly groupInstances: number;
  /** Whether a sidecar shapes this instance's network. */
  readonly sidecar: boolean;
  readonly results: Results;
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
  /** Closes the files; what is written later goes to stdout alone. May be called twice. */
  close(): Promise<void>;
}

/** The measurements that make a run's result. */
export interface Results {
  /**
   * Writes one measurement to `results.out` at once.
   *
   * @throws {@link RuntimeError} `bad-metric` for NaN and the infinities, which JSON cannot hold.
   */
  point(name: string, value: number): void;
}

/** Where the lines go, and which. */
export interface RunEnvOptions {
  /** Takes each line, with its line feed; the process's stdout unless given. */
  readonly write?: ((line: string) => void) | undefined;
  /** Testground's `LOG_LEVEL`: `warn` and above leave terminal events only; `info` unless given. */
  readonly logLevel?: string | undefined;
  /** Adds `"instance":n` to the lines on stdout, where several instances share it. */
  readonly label?: number | undefined;
}

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
export class FileRunEnv implements RunEnv {
  readonly runParams: RunParams;
  readonly results: Results;
  readonly #outputs: Outputs;
  readonly #write: (line: string) => void;
  readonly #label: number | undefined;
  readonly #isQuiet: boolean;
  #outcome: InstanceResult | undefined;

  constructor(params: RunParams, outputs: Outputs, options: RunEnvOptions) {
    this.runParams = params;
    this.#outputs = outputs;
    this.#write = options.write ?? ((line) => void process.stdout.write(line));
    this.#label = options.label;
    this.#isQuiet = QUIET.has(options.logLevel?.toLowerCase() ?? "");
    this.results = { point: (name, value) => outputs.result(pointLine(name, finite(name, value))) };
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

  params<S extends z.ZodObject>(schema: S): z.output<S> {
    return typedParams(schema, this.runParams.params);
  }

  log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (!this.#isQuiet) this.#emit(logLine(this, message, fields));
  }

  recordMessage(message: string): void {
    if (!this.#isQuiet) this.#emit(eventLine(this, { message_event: { message } }));
  }

  recordStart(): void {
    if (this.#isQuiet) return;
    this.#emit(eventLine(this, startEvent(this.runParams), startEvent(this.runParams, {})));
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
      this.#emit(eventLine(this, terminalEvent(this.group, result)));
    }
    return this.#outcome;
  }

  outputPath(name: string): string {
    return containedPath("TEST_OUTPUTS_PATH", this.runParams.outputsPath, name);
  }

  tempPath(name: string): string {
    return containedPath("TEST_TEMP_PATH", this.runParams.tempPath, name);
  }

  /** Appends to `run.err`. */
  errors(chunk: Buffer): void {
    this.#outputs.errors(chunk);
  }

  async close(): Promise<void> {
    this.#outputs.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #emit(line: string): void {
    this.#outputs.line(line);
    this.#write(`${this.#label === undefined ? line : labelLine(line, this.#label)}\n`);
  }
}

function finite(name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new RuntimeError(
    "bad-metric",
    `the point '${name}' is ${String(value)}; only finite numbers can be recorded`,
  );
}
