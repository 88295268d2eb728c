import { describeReport, parseReport, type Report, reportLost } from "@groundplan/dsl";
import { type Namespace, RunAbortedError, SyncClient } from "@groundplan/sync";
import type { HostMessage, JournalMessage, Seat } from "../host/message.ts";
import type { ArtifactInstance } from "./artifact.ts";
import {
  type Child,
  type ChildEvents,
  type ChildSettings,
  startArtifact,
  startHost,
} from "./child.ts";
import type { Display } from "./display.ts";
import { describeInstance, type End, InstanceTable } from "./instance-table.ts";
import type { JournalFile } from "./journal-file.ts";
import type { Placement } from "./placement.ts";
import type { StageBoard } from "./stage-board.ts";

/** How long instances have to end by themselves once the run is aborted. */
const GRACE_MS = 1_200;
const REPORT_MS = 1_000;

export interface Supervision {
  readonly placements: readonly Placement[];
  readonly artifacts: readonly ArtifactInstance[];
  /** Of all instances, in the order of their groups. */
  readonly seats: readonly Seat[];
  readonly settings: ChildSettings;
  readonly namespace: Namespace;
  readonly board: StageBoard;
  readonly display: Display;
  readonly journal: JournalFile;
  /** Whether there is a role that can lose instances: those that are lost are then told of by others. */
  readonly isTolerant: boolean;
  /** Whether the others go on when an instance of the role is lost. */
  tolerates(role: string | undefined): boolean;
}

/** Starts the processes of a run and sees to it that it ends: well, or for all with the first cause. */
export class Supervisor {
  readonly table: InstanceTable;
  readonly #supervision: Supervision;
  readonly #client: SyncClient;
  readonly #children = new Set<Child>();
  /** Those that were told to end, and need not say how they did. */
  readonly #told = new Set<Child>();
  #killer: NodeJS.Timeout | undefined;
  #finished: () => void = () => {};

  constructor(supervision: Supervision) {
    this.#supervision = supervision;
    this.#client = new SyncClient(supervision.namespace);
    this.table = new InstanceTable(supervision.seats);
  }

  /** Why the run was aborted, if it was. */
  get report(): Report | undefined {
    const { aborted } = this.#client;
    if (!aborted.aborted) return undefined;
    const { reason } = aborted;
    if (reason instanceof RunAbortedError) return parseReport(reason.report);
    return parseReport(reason instanceof Error ? reason.message : reason);
  }

  /** Resolves when every process is gone. */
  async run(): Promise<void> {
    const over = new Promise<void>((resolve) => {
      this.#finished = resolve;
    });
    this.#client.aborted.addEventListener("abort", () => this.#endSoon(), { once: true });
    this.#startAll();
    await over;
    clearTimeout(this.#killer);
    await this.#client.close();
  }

  /** Ends the run for everybody; who does not end in time is killed. */
  async stop(error: string): Promise<void> {
    this.#endSoon();
    await this.#abort({ error, how: "stopped" });
  }

  kill(): void {
    this.#signal("SIGKILL", () => true);
  }

  #startAll(): void {
    const { placements, artifacts, settings } = this.#supervision;
    for (const placement of placements) {
      this.#start((events) => startHost(placement, settings, events));
    }
    for (const artifact of artifacts) {
      this.#start((events) => startArtifact(artifact, settings, events));
    }
  }

  #start(start: (events: ChildEvents) => Child): void {
    const child = start({
      message: (message) => this.#hear(child, message),
      line: (line) => this.#supervision.display.print(`  ${this.#nameOf(child)} ${line}`),
      exit: (how) => this.#bury(child, how),
    });
    this.#children.add(child);
  }

  #hear(child: Child, message: HostMessage): void {
    if (message.type === "journal") this.#follow(message.entries);
    else if (child.isHost) this.#end(message, message.end);
    else this.#endArtifact(message, message.end);
  }

  #follow(entries: JournalMessage["entries"]): void {
    const { board, display, journal } = this.#supervision;
    for (const { group, ordinal, event } of entries) {
      this.table.note({ group, ordinal }, event);
      journal.write({ ordinal, ...event });
      const completed = board.note(event);
      if (completed !== undefined) display.stage(completed);
    }
  }

  /** The stages go on without an instance that is lost. */
  #end(seat: Seat, end: End): void {
    const { board, display, tolerates } = this.#supervision;
    const { id, role } = this.table.get(seat);
    this.table.end(seat, end);
    const isOver = end.type === "ok" || end.type === "aborted";
    if (isOver || id === undefined || role === undefined || !tolerates(role)) return;
    for (const completed of board.lose(id, role)) display.stage(completed);
  }

  /** An artifact may know nothing of the others, so the runner tells them that it failed. */
  #endArtifact(seat: Seat, end: End): void {
    const { group } = seat;
    const isLate = this.#killer !== undefined && end.type !== "ok";
    const state = this.table.get(seat);
    if (state.end !== undefined) return;
    this.#end(seat, isLate ? { type: "aborted", error: "the run was aborted" } : end);
    const { isTolerant } = this.#supervision;
    if (isLate || isTolerant || end.type === "ok" || end.type === "aborted") return;
    const how = end.type === "failed" ? "failed" : "crashed";
    void this.#abort({ by: { group }, error: `${describeInstance(state)}: ${end.error}`, how });
  }

  /** Its instances that have not said how they ended cannot any more, so the runner says it for them. */
  #bury(child: Child, how: string): void {
    this.#children.delete(child);
    for (const seat of child.seats) {
      if (this.table.get(seat).end === undefined) this.#endDead(child, seat, how);
    }
    if (this.#children.size === 0) this.#finished();
  }

  /** One that dies of itself has died even if the run is being aborted: that may be what its death has led to. */
  #endDead(child: Child, seat: Seat, how: string): void {
    const { id, role, group, stage } = this.table.get(seat);
    const words = child.lastWords();
    const error = `its process ${how}${stage !== undefined || words === "" ? "" : `: ${words}`}`;
    this.#end(seat, { type: this.#told.has(child) ? "aborted" : "died", error });
    if (this.#killer !== undefined) return;
    const report: Report = { by: { id, role, group }, stage, error, how: "died" };
    if (id === undefined || !this.#supervision.tolerates(role)) void this.#abort(report);
    else void this.#reportLost(id, report);
  }

  async #reportLost(id: number, report: Report): Promise<void> {
    const { namespace, display } = this.#supervision;
    const { stage, error } = report;
    display.print(`  ${describeReport(report)}`);
    await reportLost(namespace, { id, stage, error, how: "died" }, { timeoutMs: REPORT_MS }).catch(
      () => this.#abort(report),
    );
  }

  async #abort(report: Report): Promise<void> {
    await this.#client.abort(report, { timeoutMs: REPORT_MS }).catch(() => {
      // Without its store nobody hears of it; the processes can still be told to end.
      this.#endSoon();
      this.#signal("SIGTERM", () => true);
    });
  }

  #endSoon(): void {
    if (this.#killer !== undefined) return;
    this.#killer = setTimeout(() => this.kill(), GRACE_MS);
    this.#signal("SIGTERM", ({ isHost }) => !isHost);
  }

  #signal(signal: "SIGTERM" | "SIGKILL", which: (child: Child) => boolean): void {
    for (const child of this.#children) {
      if (!which(child)) continue;
      this.#told.add(child);
      child.kill(signal);
    }
  }

  #nameOf({ seats }: Child): string {
    const [first] = seats;
    if (first === undefined) return "";
    if (seats.length === 1) return `${describeInstance(this.table.get(first))} |`;
    return `${first.group}[${first.ordinal}] and ${seats.length - 1} more |`;
  }
}
