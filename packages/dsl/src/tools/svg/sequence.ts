import type { Definition } from "../../definition.ts";
import { roleCaption } from "./captions.ts";
import { type Divide, drawFrame, TAB, tabWidth } from "./frame.ts";
import { type Caption, captionWidth, Picture } from "./picture.ts";
import { type Column, columnsFor, runs, widestRun } from "./sequence-columns.ts";
import { depthOf, type SequenceRow, sequenceRows } from "./sequence-rows.ts";

type Of<Type extends SequenceRow["type"]> = SequenceRow & { readonly type: Type };

const MARGIN = 20;
const INDENT = 12;
const HEAD = 46;
const BOX = 42;
const BAND = 28;
const GAP = 16;
const STORE: Caption = { title: "store" };

/** A lifeline for each role and one for the store; stages from top to bottom. */
export function sequenceSvg({ roles, stages }: Pick<Definition, "roles" | "stages">): string {
  const entries = Object.entries(roles);
  const rows = sequenceRows(
    stages,
    entries.map(([name]) => name),
  );
  const heads = [...entries.map(([name, role]) => roleCaption(name, role)), STORE];
  const far = entries.map(([, { kind }]) => kind === "outside");
  return new SequenceDrawing(heads, far, rows).svg();
}

class SequenceDrawing {
  readonly #rows: readonly SequenceRow[];
  readonly #heads: readonly Caption[];
  readonly #far: readonly boolean[];
  readonly #columns: readonly Column[];
  readonly #left: number;
  readonly #width: number;
  readonly #frames: {
    readonly top: number;
    readonly caption: Caption;
    readonly divides: Divide[];
  }[] = [];
  readonly #picture = new Picture();
  readonly #later: (() => void)[] = [];
  #y = MARGIN + HEAD + GAP;

  constructor(heads: readonly Caption[], far: readonly boolean[], rows: readonly SequenceRow[]) {
    this.#rows = rows;
    this.#heads = heads;
    this.#far = far;
    this.#left = MARGIN + INDENT * depthOf(rows);
    this.#columns = columnsFor(heads, rows, this.#left);
    const last = this.#at(heads.length - 1);
    this.#width = Math.max(last.centre + last.width / 2 + this.#left, this.#widestFrame());
  }

  svg(): string {
    for (const row of this.#rows) this.#row(row);
    const bottom = this.#y;
    this.#lifelines(bottom);
    for (const draw of this.#later) draw();
    return this.#picture.svg(this.#width, bottom + MARGIN, "stages, from top to bottom");
  }

  #lifelines(bottom: number): void {
    for (const [index, { centre }] of this.#columns.entries()) {
      const look = this.#far[index] === true ? "life far" : "life";
      this.#picture.line(
        [
          [centre, MARGIN + HEAD],
          [centre, bottom],
        ],
        look,
      );
    }
    for (const [index, { centre, width }] of this.#columns.entries()) {
      const area = { x: centre - width / 2, y: MARGIN, width, height: HEAD };
      this.#picture.captioned(area, this.#heads[index] ?? STORE, "box", 8);
    }
  }

  #row(row: SequenceRow): void {
    switch (row.type) {
      case "boxes":
        this.#boxes(row);
        break;
      case "band":
        this.#band(row);
        break;
      case "transfer":
        this.#transfer(row);
        break;
      case "open":
        this.#frames.push({ top: this.#y, caption: row.caption, divides: [] });
        this.#y += TAB + GAP;
        break;
      case "divide":
        this.#frames.at(-1)?.divides.push({ y: this.#y, caption: row.caption });
        this.#y += TAB + GAP;
        break;
      case "close":
        this.#close();
        break;
      default:
        row satisfies never;
    }
  }

  #boxes({ columns, caption }: Of<"boxes">): void {
    const y = this.#y;
    for (const column of columns) {
      const { centre, width } = this.#at(column);
      const area = { x: centre - width / 2, y, width, height: BOX };
      this.#later.push(() => this.#picture.captioned(area, caption, "box"));
    }
    this.#y += BOX + GAP;
  }

  #band({ columns, caption, look }: Of<"band">): void {
    const y = this.#y;
    const [first, last] = [this.#at(columns[0] ?? 0), this.#at(columns.at(-1) ?? 0)];
    const text = widestRun(columns);
    this.#later.push(() => {
      const middle = y + BAND / 2;
      this.#picture.line(
        [
          [first.centre, middle],
          [last.centre, middle],
        ],
        look,
      );
      for (const run of runs(columns)) {
        const [from, to] = [this.#at(run[0]), this.#at(run[1])];
        const x = from.centre - from.width / 2;
        const area = { x, y, width: to.centre + to.width / 2 - x, height: BAND };
        if (run[0] === text[0]) this.#picture.captioned(area, caption, look, 14);
        else this.#picture.rect(area, look, 14);
      }
    });
    this.#y += BAND + GAP;
  }

  #transfer({ from, to, caption }: Of<"transfer">): void {
    const start = this.#at(Math.min(...from, ...to)).centre;
    const end = this.#at(this.#columns.length - 1).centre;
    const width = captionWidth(caption) + 12;
    const label = { x: (start + end - width) / 2, y: this.#y, width, height: 20 };
    this.#later.push(() => this.#picture.captioned(label, caption, "label"));
    let y = this.#y + 28;
    if (from.length > 0) {
      const at = y;
      this.#later.push(() => this.#acts(from, end, at));
      y += 16;
    }
    if (to.length > 0) {
      const at = y;
      this.#later.push(() => this.#reads(to, end, at));
      y += 16;
    }
    this.#y = y - 8 + GAP;
  }

  #acts(from: readonly number[], store: number, y: number): void {
    const starts = from.map((column) => this.#at(column).centre);
    this.#picture.line(
      [
        [Math.min(...starts), y],
        [store - 3, y],
      ],
      "act",
    );
    for (const x of starts) this.#picture.dot(x, y, "act-head");
    this.#picture.head(store, y, "right", "act-head");
  }

  #reads(to: readonly number[], store: number, y: number): void {
    const ends = to.map((column) => this.#at(column).centre);
    this.#picture.line(
      [
        [store, y],
        [Math.min(...ends) + 3, y],
      ],
      "read",
    );
    this.#picture.dot(store, y, "read-head");
    for (const x of ends) this.#picture.head(x, y, "left", "read-head");
  }

  #close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    const inset = MARGIN + INDENT * this.#frames.length;
    const area = {
      x: inset,
      y: frame.top,
      width: this.#width - 2 * inset,
      height: this.#y - frame.top,
    };
    const { caption, divides } = frame;
    this.#later.push(() => drawFrame(this.#picture, area, caption, divides));
    this.#y += GAP;
  }

  #widestFrame(): number {
    const tabs = this.#rows.flatMap((row) =>
      row.type === "open" ? [tabWidth(row.caption) + 2 * this.#left] : [],
    );
    return Math.max(0, ...tabs);
  }

  #at(column: number): Column {
    return this.#columns[column] ?? { centre: 0, width: 0 };
  }
}
