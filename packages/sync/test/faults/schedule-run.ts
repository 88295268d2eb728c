import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Namespace, Scope } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { closeTheBook } from "./activities/mourning.ts";
import type { Child } from "./child.ts";
import { type Field, inflict } from "./inflict.ts";
import { judge } from "./judge.ts";
import type { Lane, ScheduleResult } from "./lane.ts";
import type { FaultProxy } from "./proxy.ts";
import type { Schedule, WorkerPlan } from "./schedule.ts";
import { unless, type Violation } from "./violation.ts";
import { doomedScope, Worker, type WorkerReport, type WorkerSpec } from "./worker.ts";

/** One schedule as it happens. */
export class ScheduleRun {
  readonly #lane: Lane;
  readonly #schedule: Schedule;
  readonly #proxies: readonly FaultProxy[];
  readonly #children: readonly (Child | undefined)[];
  readonly #scope: Scope;
  readonly #field: Field;

  constructor(lane: Lane, schedule: Schedule, proxies: readonly FaultProxy[]) {
    this.#lane = lane;
    this.#schedule = schedule;
    this.#proxies = proxies;
    this.#scope = { run: randomUUID(), plan: "faults", case: `seed ${schedule.seed}` };
    this.#children = schedule.workers.map(({ where }) =>
      where === "child" ? lane.takeChild() : undefined,
    );
    this.#field = {
      server: lane.server,
      dir: lane.dir,
      control: lane.control,
      proxies,
      children: this.#children,
      held: [],
      holdsUntilDropped: schedule.holdsUntilDropped,
    };
  }

  async perform(): Promise<ScheduleResult> {
    this.#lane.phase = "open the stores";
    const workers = await this.#openWorkers();
    await using witness = await RedisStore.connect(this.#lane.server.url);
    const run = await witness.open(this.#scope);
    const doomed = await witness.open(doomedScope(this.#scope));
    const story = await this.#speaker(run);
    this.#lane.phase = "perform the activities";
    const misfortune = Promise.all([this.#misfortune(), story()]);
    const reports = await Promise.all(workers.map((worker) => worker.run()));
    this.#lane.phase = "get over the faults";
    await misfortune;
    for (const proxy of this.#proxies) proxy.heal();
    const violations = await this.#inspect(workers, reports, run, doomed);
    for (const child of this.#children) if (child !== undefined) this.#lane.returnChild(child);
    return {
      seed: this.#schedule.seed,
      violations,
      operations: reports.reduce((sum, { operations }) => sum + operations, 0),
      longestMs: Math.max(...reports.map(({ longestMs }) => longestMs)),
      reconnects: this.#proxies.reduce((sum, { connections }) => sum + connections - 1, 0),
    };
  }

  #openWorkers(): Promise<readonly RunningWorker[]> {
    const opening = this.#schedule.workers.map((plan, i) =>
      openWorker(this.#spec(plan, this.#proxies[i]), this.#children[i]),
    );
    return Promise.all(opening);
  }

  #spec(plan: WorkerPlan, proxy: FaultProxy | undefined): WorkerSpec {
    const url = proxy?.redisUrl ?? this.#lane.server.url;
    return { url, scope: this.#scope, plan, schedule: this.#schedule };
  }

  /** Every fault at its time. */
  async #misfortune(): Promise<void> {
    await Promise.all(
      this.#schedule.faults.map(async (fault) => {
        this.#lane.underWay.add(fault.type);
        await sleep(fault.atMs);
        await inflict(this.#field, fault);
        this.#lane.underWay.delete(fault.type);
      }),
    );
  }

  /** A process that is killed while it publishes; resolves, once it speaks, with the rest of its story. */
  async #speaker({ logs, requestId }: Namespace): Promise<() => Promise<void>> {
    const { deathAtMs } = this.#schedule;
    if (deathAtMs === undefined) return async () => {};
    const child = this.#lane.takeChild();
    const plan: WorkerPlan = { where: "child", instances: [], deafness: 0, skewMs: 0 };
    let answered = 0;
    await child.speak(this.#spec(plan, undefined), (word) => {
      answered = word;
    });
    return async () => {
      await sleep(deathAtMs);
      await child.kill();
      await closeTheBook(
        (name, end) =>
          logs.append({ kind: "topic", name }, JSON.stringify(end), { requestId: requestId() }),
        answered,
      );
    };
  }

  /** Everything is over: was what was seen right, and what is left? */
  async #inspect(
    workers: readonly RunningWorker[],
    reports: readonly WorkerReport[],
    run: Namespace,
    doomed: Namespace,
  ): Promise<readonly Violation[]> {
    const late = this.#field.held.splice(0);
    // Half of what was late arrives before we look, half after everything was dropped.
    this.#lane.phase = "deliver what was late";
    for (const request of late.splice(0, late.length / 2)) await request.deliver();
    const observations = reports.flatMap((report) => report.observations);
    const judged = await judge(this.#schedule, observations, run);
    this.#lane.phase = "close the stores";
    const leftovers = (await Promise.all(workers.map((worker) => worker.close()))).flat();
    this.#lane.phase = "drop the runs";
    for (const namespace of [run, doomed]) await namespace.drop();
    for (const request of late) await request.deliver();
    const { control } = this.#lane;
    const keys = await control.keys("*");
    if (keys.length > 0) await control.flushall();
    return [
      ...judged,
      ...unless(leftovers.length === 0, "leftover handles", `in a child: ${leftovers}`),
      ...unless(keys.length === 0, "leftover keys", `${keys}`),
    ];
  }
}

interface RunningWorker {
  run(): Promise<WorkerReport>;
  /** Resolves with what is left behind in its process, if that is not this one. */
  close(): Promise<readonly string[]>;
}

async function openWorker(spec: WorkerSpec, child: Child | undefined): Promise<RunningWorker> {
  if (child !== undefined) {
    await child.open(spec);
    return child;
  }
  const worker = await Worker.open(spec);
  return {
    run: () => worker.run(),
    close: async () => {
      await worker.close();
      return [];
    },
  };
}
