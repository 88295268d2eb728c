import { type Caption, captionWidth, stackedWidth } from "./picture.ts";
import type { SequenceRow } from "./sequence-rows.ts";

/** Where a lifeline runs, and how wide what stands on it may be. */
export interface Column {
  readonly centre: number;
  readonly width: number;
}

const GAP = 24;
const PAD = 24;
const MIN_WIDTH = 96;

/** Something that needs so much width from one column to another; the centres of both ends where it is a line. */
interface Span {
  readonly first: number;
  readonly last: number;
  readonly width: number;
  readonly isLine: boolean;
}

/** Columns wide enough for all that stands in them, the store's last. */
export function columnsFor(
  heads: readonly Caption[],
  rows: readonly SequenceRow[],
  left: number,
): readonly Column[] {
  const widths = heads.map((head) => Math.max(MIN_WIDTH, stackedWidth(head) + PAD));
  const spans = rows.flatMap((row) => spansOf(row, heads.length - 1));
  for (const span of spans.filter(({ first, last }) => first === last)) {
    widths[span.first] = Math.max(widths[span.first] ?? 0, span.width);
  }
  const wide = spans.filter(({ first, last }) => first !== last);
  for (const span of wide.sort((a, b) => a.last - a.first - (b.last - b.first)))
    widen(widths, span);
  let x = left;
  return widths.map((width) => {
    const centre = x + width / 2;
    x += width + GAP;
    return { centre, width };
  });
}

/** Columns that stand beside each other, first to last. */
export function runs(columns: readonly number[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const column of columns) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === column - 1) last[1] = column;
    else found.push([column, column]);
  }
  return found;
}

/** The run of columns that a band's text stands in. */
export function widestRun(columns: readonly number[]): readonly [number, number] {
  const [first = [0, 0] as const, ...others] = runs(columns);
  return others.reduce((a, b) => (b[1] - b[0] > a[1] - a[0] ? b : a), first);
}

function spansOf(row: SequenceRow, store: number): readonly Span[] {
  switch (row.type) {
    case "boxes": {
      const width = stackedWidth(row.caption) + PAD;
      return row.columns.map((column) => ({ first: column, last: column, width, isLine: false }));
    }
    case "band": {
      const [first, last] = widestRun(row.columns);
      return [{ first, last, width: captionWidth(row.caption) + PAD, isLine: false }];
    }
    case "transfer": {
      const first = Math.min(...row.from, ...row.to);
      return [{ first, last: store, width: captionWidth(row.caption) + 2 * PAD, isLine: true }];
    }
    case "open":
    case "divide":
    case "close":
      return [];
  }
}

function widen(widths: number[], { first, last, width, isLine }: Span): void {
  const own = widths.slice(first, last + 1);
  const ends = isLine ? ((own[0] ?? 0) + (own.at(-1) ?? 0)) / 2 : 0;
  const there = own.reduce((sum, each) => sum + each, (last - first) * GAP) - ends;
  if (there >= width) return;
  // Ends of lines count by half.
  const shares = isLine ? last - first : last - first + 1;
  for (let column = first; column <= last; column++) {
    widths[column] = (widths[column] ?? 0) + (width - there) / shares;
  }
}
