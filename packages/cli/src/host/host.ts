import { type JournalEvent, type Plan, toCases } from "@groundplan/dsl";
import { type Environment, type InstanceResult, invokeAll, type RunEnv } from "@groundplan/runtime";
import { instanceEnvironments } from "./environments.ts";
import type { EndReport, HostMessage, Seat } from "./message.ts";

/** Performs the instances that the runner placed in this process, then exits it. */
export async function hostInstances(plan: Plan): Promise<void> {
  endWithRunner();
  const environments = instanceEnvironments(process.env);
  const outbox = new Outbox(environments.length > 1);
  const seed = process.env["GROUNDPLAN_SEED"];
  const cases = toCases(plan, {
    ...(seed === undefined ? {} : { seed }),
    journal: (env, event) => outbox.add({ ...seatOf(env), event }),
  });
  const onEnd = (environment: Environment, result: InstanceResult): Promise<void> => {
    const seat = {
      group: environment["TEST_GROUP_ID"] ?? "",
      ordinal: Number(environment["GROUNDPLAN_ORDINAL"]),
    };
    return outbox.end(seat, endReport(result));
  };
  // Ctrl-C at a terminal reaches this process as well as the runner, which ends it with the run's own words.
  process.on("SIGINT", () => {});
  await invokeAll(cases, environments, { onEnd, signals: ["SIGTERM"] });
}

/** Without its runner an instance has nobody to report to, and nobody who would end it. */
function endWithRunner(): void {
  process.once("disconnect", () => {
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => process.exit(1), 1_500).unref();
  });
}

function seatOf({ group, runParams }: RunEnv): Seat {
  return { group, ordinal: runParams.ordinal ?? 0 };
}

function endReport(result: InstanceResult): EndReport {
  if (result.type === "ok") return { type: "ok" };
  const { type, error } = result;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { type, error: error.message, ...(code === undefined ? {} : { code }) };
}

/**
 * Journal entries on their way to the runner. Those of many instances travel together; those of a single one at once,
 * so that the runner knows where it is even if its next body keeps the event loop to itself.
 */
class Outbox {
  readonly #batches: boolean;
  #entries: (Seat & { readonly event: JournalEvent })[] = [];

  constructor(batches: boolean) {
    this.#batches = batches;
  }

  add(entry: Seat & { readonly event: JournalEvent }): void {
    const isFirst = this.#entries.push(entry) === 1;
    if (!this.#batches) void this.#flush();
    else if (isFirst) setImmediate(() => void this.#flush());
  }

  async end(seat: Seat, end: EndReport): Promise<void> {
    await this.#flush();
    await send({ type: "end", ...seat, end });
  }

  async #flush(): Promise<void> {
    const entries = this.#entries;
    this.#entries = [];
    if (entries.length > 0) await send({ type: "journal", entries });
  }
}

/** Resolves when the message is written, or cannot be because the runner is gone. */
function send(message: HostMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });
}
