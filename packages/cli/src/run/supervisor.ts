import { parseReport, type Report } from "@groundplan/dsl";
import { type Namespace, RunAbortedError, SyncClient } from "@groundplan/sync";
import type { HostMessage, JournalMessage } from "../host/message.ts";
import { type Child, type ChildSettings, startChild } from "./child.ts";
import type { Display } from "./display.ts";
import { describeInstance, InstanceTable } from "./instance-table.ts";
import type { JournalFile } from "./journal-file.ts";
import type { Placement } from "./placement.ts";
import type { StageBoard } from "./stage-board.ts";

/** How long instances have to end by themselves once the run is aborted. */
const GRACE_MS = 1_200;
const REPORT_MS = 1_000;

export interface Supervision {
  readonly placements: readonly Placement[];
  readonly settings: ChildSettings;
  readonly namespace: Namespace;
  readonly board: StageBoard;
  readonly display: Display;
  readonly journal: JournalFile;
}

/** Starts the processes of a run and sees to it that it ends: well, or for all with the first cause. */
export class Supervisor {
  readonly table: InstanceTable;
  readonly #supervision: Supervision;
  readonly #client: SyncClient;
  readonly #children = new Set<Child>();
  #killer: NodeJS.Timeout | undefined;
  #finished: () => void = () => {};

  constructor(supervision: Supervision) {
    this.#supervision = supervision;
    this.#client = new SyncClient(supervision.namespace);
    this.table = new InstanceTable(
      supervision.placements.flatMap((shares) =>
        shares.flatMap(({ group, first, count }) =>
          Array.from({ length: count }, (_, index) => ({ group, ordinal: first + index })),
        ),
      ),
    );
  }

  /** Why the run was aborted, if it was. */
  get report(): Report | undefined {
    const { aborted } = this.#client;
    if (!aborted.aborted) return undefined;
    return parseReport(
      aborted.reason instanceof RunAbortedError ? aborted.reason.report : aborted.reason,
    );
  }

  /** Resolves when every process is gone. */
  async run(): Promise<void> {
    const over = new Promise<void>((resolve) => {
      this.#finished = resolve;
    });
    this.#client.aborted.addEventListener("abort", () => this.#endSoon(), { once: true });
    for (const placement of this.#supervision.placements) this.#start(placement);
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
    for (const { process } of this.#children) process.kill("SIGKILL");
  }

  /** Who has not ended, by the stage they were last seen in. */
  describeUnfinished(): string {
    const stages = new Map<string, string[]>();
    for (const state of this.table.all()) {
      if (state.end !== undefined) continue;
      const { stage, isWaiting } = state;
      const where =
        stage === undefined ? "not started" : `${isWaiting ? "waiting " : ""}in '${stage}'`;
      stages.set(where, [...(stages.get(where) ?? []), describeInstance(state)]);
    }
    // Those that wait do so for those that do not.
    const rows = [...stages].sort(
      ([a], [b]) => Number(a.startsWith("waiting")) - Number(b.startsWith("waiting")),
    );
    return rows.map(([where, who]) => `${where}: ${shorten(who)}`).join("; ");
  }

  #start(placement: Placement): void {
    const child = startChild(placement, this.#supervision.settings, {
      message: (message) => this.#hear(message),
      line: (line) => this.#supervision.display.print(`  ${this.#nameOf(child)} ${line}`),
      exit: (how) => this.#bury(child, how),
    });
    this.#children.add(child);
  }

  #hear(message: HostMessage): void {
    if (message.type === "end") this.table.end(message, message.end);
    else this.#follow(message.entries);
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

  /** Its instances that have not said how they ended cannot any more, so the runner says it for them. */
  #bury(child: Child, how: string): void {
    this.#children.delete(child);
    const words = child.lastWords();
    for (const seat of child.seats) {
      const state = this.table.get(seat);
      if (state.end !== undefined) continue;
      const hasBegun = state.stage !== undefined;
      const error = `its process ${how}${hasBegun || words === "" ? "" : `: ${words}`}`;
      this.table.end(
        seat,
        this.#killer === undefined ? { type: "died", error } : { type: "aborted", error },
      );
      const { id, role, group, stage } = state;
      if (this.#killer === undefined)
        void this.#abort({ by: { id, role, group }, stage, error, how: "died" });
    }
    if (this.#children.size === 0) this.#finished();
  }

  async #abort(report: Report): Promise<void> {
    await this.#client.abort(report, { timeoutMs: REPORT_MS }).catch(() => {
      // Without its store nobody hears of it; the processes can still be told to end.
      this.#endSoon();
      for (const { process } of this.#children) process.kill("SIGTERM");
    });
  }

  #endSoon(): void {
    this.#killer ??= setTimeout(() => this.kill(), GRACE_MS);
  }

  #nameOf({ seats }: Child): string {
    const [first] = seats;
    if (first === undefined) return "";
    if (seats.length === 1) return `${describeInstance(this.table.get(first))} |`;
    return `${first.group}[${first.ordinal}] and ${seats.length - 1} more |`;
  }
}

const NAMED = 8;

function shorten(who: readonly string[]): string {
  const more = who.length - NAMED;
  return `${who.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
