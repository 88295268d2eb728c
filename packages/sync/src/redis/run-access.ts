import type { SyncError } from "../error.ts";
import type { Calls } from "./calls.ts";
import { Growth } from "./growth.ts";
import type { Recheck } from "./recheck.ts";
import type { RunScripts } from "./run-scripts.ts";

/** What the counters, logs and records of one run work with. */
export class RunAccess {
  readonly calls: Calls;
  readonly scripts: RunScripts;
  readonly growth: Growth;
  /** Called too when the state of the run is gone. */
  onLost: (error: SyncError) => void = () => {};

  constructor(calls: Calls, scripts: RunScripts, recheck: Recheck) {
    this.calls = calls;
    this.scripts = scripts;
    this.growth = new Growth(scripts, recheck);
    scripts.onLost = (error) => this.fail(error);
  }

  /** The state of the run is gone: whatever waits for it rejects. */
  fail(error: SyncError): void {
    this.growth.fail(error);
    this.onLost(error);
  }

  /** What a write says that had no answer in time. */
  writeTimeout(what: string): (timeoutMs: number) => string {
    return (ms) => `${this.readTimeout(what)(ms)}; the write may still be carried out`;
  }

  readTimeout(what: string): (timeoutMs: number) => string {
    const { connection } = this.scripts;
    return (ms) => `${what}: no answer from ${connection.name} in ${ms} ms${connection.trouble}`;
  }
}
