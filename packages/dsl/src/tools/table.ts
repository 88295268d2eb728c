/** Columns as wide as their widest cell, two spaces apart; those named in `right` are aligned to the right. */
export function table(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (found, cells) => cells.map((cell, column) => Math.max(found[column] ?? 0, width(cell))),
    [],
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) => padded(cell, widths[column] ?? 0, right.has(column)))
      .join("  ")
      .trimEnd(),
  );
}

/** In characters as people count them: names may have letters of any language. */
function width(text: string): number {
  return [...text].length;
}

function padded(cell: string, to: number, isRight: boolean): string {
  const space = " ".repeat(Math.max(0, to - width(cell)));
  return isRight ? space + cell : cell + space;
}
