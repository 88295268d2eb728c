import { clearScreenDown, cursorTo, moveCursor } from "node:readline";
import { hasBegun, isComplete, type StageBoard, type StageRow } from "./stage-board.ts";

const REDRAW_MS = 100;
const LIVE_ROWS = 8;

/**
 * Shows a run: a line for each stage once everybody is through, lines that instances print, and on a terminal, below
 * them, the stages that are going on.
 */
export class Display implements Disposable {
  readonly #out: NodeJS.WriteStream;
  readonly #board: StageBoard;
  readonly #width: number;
  readonly #timer: NodeJS.Timeout | undefined;
  #footer = 0;

  constructor(out: NodeJS.WriteStream, board: StageBoard) {
    this.#out = out;
    this.#board = board;
    this.#width = Math.max(...board.rows.map((row) => title(row).length));
    if (out.isTTY) this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  print(line: string): void {
    this.#erase();
    this.#out.write(`${line}\n`);
    if (this.#timer !== undefined) this.#draw();
  }

  stage(row: StageRow): void {
    const { firstEnterMs = 0, lastLeaveMs = 0 } = row;
    this.print(`  ${this.#describe(row)}   ${ms(lastLeaveMs - firstEnterMs)}`);
  }

  /** Leaves what was shown, without what was going on. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #draw(): void {
    this.#erase();
    const going = this.#board.rows.filter((row) => hasBegun(row) && !isComplete(row));
    const shown = going.slice(-LIVE_ROWS);
    const columns = this.#out.columns || 80;
    for (const row of shown)
      this.#out.write(`${`> ${this.#describe(row)}`.slice(0, columns - 1)}\n`);
    this.#footer = shown.length;
  }

  #erase(): void {
    if (this.#footer === 0) return;
    cursorTo(this.#out, 0);
    moveCursor(this.#out, 0, -this.#footer);
    clearScreenDown(this.#out);
    this.#footer = 0;
  }

  #describe(row: StageRow): string {
    const roles = [...row.expected].map(([role, n]) => {
      return `${role} ${row.left.get(role) ?? 0}/${Number.isFinite(n) ? n : "?"}`;
    });
    return `${title(row).padEnd(this.#width)}   ${roles.join("  ")}`;
  }
}

function title({ id, times }: StageRow): string {
  return times === 1 ? id : `${id} (${times} rounds)`;
}

function ms(duration: number): string {
  return duration < 1_000 ? `${Math.round(duration)} ms` : `${(duration / 1_000).toFixed(2)} s`;
}
