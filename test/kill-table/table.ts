import type { Verdict } from "./kill.ts";
import type { Moment } from "./moments.ts";

/** A moment, and what became of the run. */
export interface Row {
  readonly moment: Moment;
  readonly verdict: Verdict;
}

/** Whether the run ended as it should: promptly and with the right blame, or well where the plan says so. */
export function isRight({ moment, verdict }: Row): boolean {
  if (verdict.type === "not reached") return moment.unless !== undefined;
  return verdict.type === (moment.isTolerated ? "tolerated" : "aborts");
}

/** `ping-pong/ping-pong: a peer that enters 'dial'`. */
export function describeMoment({ file, case: name, stage, role, event }: Moment): string {
  const who = event === "start" ? "an instance" : `a ${role}`;
  const does = { start: "before it has joined", enter: `entering '${stage}'`, leave: "behind" }[
    event
  ];
  return `${file} ${name}: ${who} ${does}${event === "leave" ? ` '${stage}'` : ""}`;
}

/** A line for each test case: how many kills there were, what became of them, and how long the slowest took. */
export function summaryTable(rows: readonly Row[]): string {
  const cases = new Map<string, Row[]>();
  for (const row of rows) {
    const name = `${row.moment.file} | ${row.moment.case}`;
    cases.set(name, [...(cases.get(name) ?? []), row]);
  }
  const head = [
    "| plan | case | n | kills | aborts | tolerated | not reached | wrong | slowest abort |",
    "| --- | --- | --: | --: | --: | --: | --: | --: | --: |",
  ];
  const all = summaryLine("**all** | ", rows);
  return [...head, ...[...cases].map(([name, own]) => summaryLine(name, own)), all].join("\n");
}

function summaryLine(name: string, rows: readonly Row[]): string {
  const count = (type: Verdict["type"]): number =>
    rows.filter(({ verdict }) => verdict.type === type).length;
  const aborts = rows.filter(({ verdict }) => verdict.type === "aborts");
  const slowest = Math.max(0, ...aborts.map(({ verdict }) => verdict.ms));
  const sizes = new Set(rows.map(({ moment }) => moment.n));
  const cells = [
    sizes.size === 1 ? [...sizes].join("") : "",
    rows.length - count("not reached"),
    count("aborts"),
    count("tolerated"),
    count("not reached"),
    rows.filter((row) => !isRight(row)).length,
    slowest === 0 ? "" : `${(slowest / 1_000).toFixed(1)} s`,
  ];
  return `| ${name} | ${cells.join(" | ")} |`;
}
