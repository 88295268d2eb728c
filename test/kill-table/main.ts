import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { killAt } from "./kill.ts";
import { type Moment, momentsOf, momentsOfAll } from "./moments.ts";
import { describeMoment, isRight, type Row, summaryTable } from "./table.ts";

// npm run kill-table [-- [--write] [--prompt <ms>] [plan …]]: every plan unless some are named, such as patterns/rounds.
const args = process.argv.slice(2);
const isWritten = args.includes("--write");
const at = args.indexOf("--prompt");
const promptMs = at < 0 ? 3_000 : Number(args[at + 1]);
const files = args.filter((arg, i) => !arg.startsWith("--") && (at < 0 || i !== at + 1));

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const moments =
  files.length === 0 ? await momentsOfAll() : (await Promise.all(files.map(momentsOf))).flat();
const rows: Row[] = [];
const waiting = moments.entries();
await Promise.all(Array.from({ length: availableParallelism() }, work));

const inOrder = rows.toSorted((a, b) => moments.indexOf(a.moment) - moments.indexOf(b.moment));
say(`\n${summaryTable(inOrder)}`);
const wrong = inOrder.filter((row) => !isRight(row));
for (const { moment, verdict } of wrong) {
  say(`\n${describeMoment(moment)}: ${verdict.type}\n${verdict.text}`);
}
if (isWritten) write(summaryTable(inOrder));
process.exitCode = wrong.length === 0 ? 0 : 1;

async function work(): Promise<void> {
  for (const [index, moment] of waiting) rows.push(await tell(index, moment));
}

async function tell(index: number, moment: Moment): Promise<Row> {
  const row = { moment, verdict: await killAt(moment, promptMs) };
  const { type, ms } = row.verdict;
  const time = type === "not reached" ? "" : ` in ${ms} ms`;
  const mark = isRight(row) ? "" : "   <- WRONG";
  say(`${index + 1}/${moments.length} ${describeMoment(moment)}: ${type}${time}${mark}`);
  return row;
}

/** Puts the table where the document has it. */
function write(table: string): void {
  const path = new URL("../../docs/failure.md", import.meta.url);
  const text = readFileSync(path, "utf8");
  const between = /(<!-- kill table -->\n)[\s\S]*(\n<!-- end -->)/;
  writeFileSync(
    path,
    text.replace(between, (_, open, close) => `${open}\n${table}\n${close}`),
  );
}
