import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { OwnRedis } from "../redis-server.ts";
import { Child } from "./child.ts";
import { settledHandles } from "./handles.ts";
import { FaultProxy } from "./proxy.ts";
import type { FaultType, Schedule } from "./schedule.ts";
import { ScheduleRun } from "./schedule-run.ts";
import { unless, type Violation } from "./violation.ts";

export interface ScheduleResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly operations: number;
  readonly longestMs: number;
  readonly reconnects: number;
}

/** One schedule after the other, on a Redis of their own that keeps its state through a crash. */
export class Lane implements AsyncDisposable {
  readonly server: OwnRedis;
  /** Where the server keeps its state. */
  readonly dir: string;
  /** A connection that no fault is meant for. */
  readonly control: Redis;
  /** What a schedule that takes for ever was last known to be doing. */
  phase = "";
  /** Faults that are not over, those to come among them. */
  readonly underWay: Set<FaultType> = new Set();
  readonly #program: string;
  readonly #children: Child[] = [];
  /** What went wrong outside of any operation. */
  readonly #stray: Violation[] = [];

  static async open(program: string): Promise<Lane> {
    const dir = await mkdtemp(join(tmpdir(), "groundplan-faults-"));
    const kept = ["--dir", dir, "--appendonly", "yes", "--appendfsync", "always"];
    return new Lane(await OwnRedis.start(...kept), dir, program);
  }

  private constructor(server: OwnRedis, dir: string, program: string) {
    this.server = server;
    this.dir = dir;
    this.#program = program;
    const patient = { maxRetriesPerRequest: null, retryStrategy: () => 20 };
    this.control = new Redis(server.url, patient).on("error", () => {});
    const strayed = (text: string): void => {
      this.#stray.push({ of: "unexpected outcomes", text });
    };
    process.on("unhandledRejection", (reason) => strayed(`unhandled rejection: ${reason}`));
    process.on("warning", (warning) => strayed(`warning: ${warning}`));
  }

  async run(schedule: Schedule): Promise<ScheduleResult> {
    this.phase = "begin";
    await this.control.ping();
    const before = process.getActiveResourcesInfo();
    const proxies: FaultProxy[] = [];
    for (const _ of schedule.workers) proxies.push(await FaultProxy.start(this.server.port));
    const result = await new ScheduleRun(this, schedule, proxies).perform();
    this.phase = "close the proxies";
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
    const handles = await settledHandles(before);
    const channels = await this.control.pubsub("CHANNELS");
    return {
      ...result,
      violations: [
        ...result.violations,
        ...this.#stray.splice(0),
        ...unless(handles.length === 0, "leftover handles", `in this process: ${handles}`),
        ...unless(`${channels}` === "", "leftover handles", `still subscribed: ${channels}`),
      ],
    };
  }

  takeChild(): Child {
    return this.#children.pop() ?? new Child(this.#program);
  }

  returnChild(child: Child): void {
    this.#children.push(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.splice(0)) await child.kill();
    this.control.disconnect();
    this.server.signal("SIGCONT");
    await this.server.stop();
    await rm(this.dir, { recursive: true });
  }
}
