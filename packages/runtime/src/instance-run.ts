import { setTimeout as delay } from "node:timers/promises";
import { type Namespace, SyncClient } from "@groundplan/sync";
import { clip } from "./clip.ts";
import type { FileRunEnv } from "./file-run-env.ts";
import { initialise } from "./initialise.ts";
import type { InstanceResult } from "./instance-result.ts";
import { keepRunEvents } from "./keep-run-events.ts";
import type { LiveInstance } from "./live-instance.ts";
import { forTopic } from "./run-event.ts";
import { findCase, type InitContext, type TestCases } from "./test-case.ts";
import { errorText, toError } from "./thrown.ts";
import { type AbortReport, settle } from "./verdict.ts";

/** How long the store may take to hear how an instance ended; shorter for one that somebody is waiting to see gone. */
const REPORT_TIMEOUT_MS = 3_000;
const ABORTED_TIMEOUT_MS = 500;
const LAST_WORD_MS = 200;

/** One instance on its way from the start event to the terminal event. */
export class InstanceRun {
  readonly #env: FileRunEnv;
  readonly #live: LiveInstance;
  readonly #connect: () => Promise<Namespace>;
  #sync: SyncClient | undefined;
  #init: InitContext | undefined;
  #keepsRun = false;

  constructor(env: FileRunEnv, live: LiveInstance, connect: () => Promise<Namespace>) {
    this.#env = env;
    this.#live = live;
    this.#connect = connect;
  }

  async perform(cases: TestCases, fault: Error | undefined): Promise<InstanceResult> {
    using _kept = keepRunEvents(this.#env);
    const work = settle(this.#work(cases, fault), this.#live.signal);
    const found = await Promise.race([work, this.#live.ended]);
    this.#live.finish();
    const result = worse(this.#env.conclude(found), found);
    // The test case knows better where it crashed: if it tells the others, its word comes first.
    if (found.type === "crashed") await Promise.race([work, delay(LAST_WORD_MS)]);
    await this.#report(result);
    await this.#sync?.close();
    return result;
  }

  async #work(cases: TestCases, fault: Error | undefined): Promise<void> {
    const { signal } = this.#live;
    if (fault === undefined) this.#env.recordStart();
    const { namespace, sync } = await this.#open(fault);
    if (fault !== undefined) throw fault;
    const testCase = findCase(cases, this.#env.case);
    signal.throwIfAborted();
    const keepRun = (): void => {
      this.#keepsRun = true;
    };
    this.#init = { ...(await initialise(this.#env, sync, namespace, signal)), keepRun };
    await testCase(this.#env, this.#init);
  }

  async #open(
    fault: Error | undefined,
  ): Promise<{ readonly namespace: Namespace; readonly sync: SyncClient }> {
    try {
      const namespace = await beforeAbort(this.#connect(), this.#live.signal);
      const sync = new SyncClient(namespace);
      this.#sync = sync;
      const { signal } = this.#live;
      this.#env.publishWith((event, wait) => sync.publishEvent(event, { signal, ...wait }));
      this.#live.follow(sync.aborted);
      return { namespace, sync };
    } catch (error) {
      throw fault ?? error;
    }
  }

  async #report(result: InstanceResult): Promise<void> {
    const sync = this.#sync;
    if (sync === undefined) return;
    const timeoutMs = result.type === "aborted" ? ABORTED_TIMEOUT_MS : REPORT_TIMEOUT_MS;
    const wait = { timeoutMs };
    const reports: Promise<unknown>[] = [
      sync.publishEvent(forTopic(this.#env.group, result), wait),
    ];
    if (!this.#keepsRun && (result.type === "failed" || result.type === "crashed")) {
      reports.push(sync.abort(this.#abortReport(result.error), wait));
    }
    for (const outcome of await Promise.allSettled(reports)) {
      if (outcome.status === "rejected") {
        const error = toError(outcome.reason);
        this.#env.log("the store did not hear how this instance ended", { error });
      }
    }
  }

  #abortReport(error: Error): AbortReport {
    const { group } = this.#env;
    const by = this.#init === undefined ? { group } : { group, globalSeq: this.#init.globalSeq };
    return { by, stage: this.#env.case, error: clip(errorText(error), 2048) };
  }
}

/** A test case may have recorded an outcome itself; a success does not hide that it then failed. */
function worse(recorded: InstanceResult, found: InstanceResult): InstanceResult {
  return recorded.type === "ok" ? found : recorded;
}

/** The promise's outcome, or the signal's reason if that comes first. */
async function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { signal: over.signal });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    over.abort();
  }
}
