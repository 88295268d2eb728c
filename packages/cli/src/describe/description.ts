import {
  type ManifestCase,
  type ManifestData,
  type ManifestParam,
  NO_MAXIMUM,
} from "@groundplan/dsl/tools";

/** A plan in words and tables, for a terminal. */
export function description({ name, builders, runners, cases }: ManifestData): string {
  const head = [
    `plan ${name}, with ${cases.length} test case${cases.length === 1 ? "" : "s"}`,
    `  builders  ${Object.keys(builders).join(", ")}`,
    `  runners   ${Object.keys(runners).join(", ")}`,
  ];
  return [head, ...cases.map(caseLines)].map((lines) => lines.join("\n")).join("\n\n");
}

function caseLines(testCase: ManifestCase): readonly string[] {
  const { min, max, default: fewest } = testCase.instances;
  const what = testCase.description === undefined ? "" : `: ${line(testCase.description)}`;
  const range = max === NO_MAXIMUM ? `${min} or more` : `${min} to ${max}`;
  const usual = fewest === min ? "" : `, ${fewest} with the default parameters`;
  return [
    `${testCase.name}${what}`,
    `  instances   ${range}${usual}`,
    ...table(testCase.params.map(row)).map((line, index) =>
      index === 0 ? `  parameters  ${line}` : `              ${line}`,
    ),
  ];
}

function row({ name, type, desc = "", unit, default: value }: ManifestParam): readonly string[] {
  const fallback = value === undefined ? "" : `default ${shown(value)}`;
  return [name, unit === undefined ? type : `${type} (${unit})`, fallback, line(desc)];
}

function shown(value: unknown): string {
  return typeof value === "string" && /^\P{C}+$/u.test(value) ? value : JSON.stringify(value);
}

/** Texts of several lines would tear the table, and others the terminal. */
function line(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, " ").trim();
}

/** Columns as wide as their widest cell, two spaces apart. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (found, cells) => cells.map((cell, column) => Math.max(found[column] ?? 0, cell.length)),
    [],
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
