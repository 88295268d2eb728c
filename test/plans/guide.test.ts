import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { groundplan, scratch } from "../groundplan.ts";

const root = new URL("../../", import.meta.url);
const guide = readFileSync(new URL("docs/guide.md", root), "utf8");

/** What the guide shows of a terminal: commands, and lines that they print or leave in files of the run. */
const sessions = [...guide.matchAll(/^```text\n(\$ .*?)^```$/gms)].map(([, session = ""]) => {
  const typed = session.split(/^\$ /m).slice(1);
  return { title: typed[0]?.split(/\s/)[2] ?? "", typed };
});

interface Command {
  readonly args: readonly string[];
  readonly lines: readonly string[];
}

/** The commands of a session. `cat` and `grep` show files of the run before them, so their lines belong to it. */
function commands(typed: readonly string[]): readonly Command[] {
  const found: Command[] = [];
  for (const each of typed) {
    const [command = "", ...lines] = each.trimEnd().split("\n");
    const [program, ...args] = command.split(" ");
    const last = found.at(-1);
    if (program === "groundplan") found.push({ args, lines });
    else if (last !== undefined) {
      found[found.length - 1] = { ...last, lines: [...last.lines, ...lines] };
    }
  }
  return found;
}

/** Without what differs from run to run: times, ids, ports, sizes, and which of several instances is the first to fail. */
function lasting(text: string): string {
  return text
    .replaceAll(/\bd[0-9a-v]{19}\b/g, "RUN")
    .replaceAll(/"ts":\d+/g, '"ts":0')
    .replaceAll(/\d+(\.\d+)? (ms|s|min|B|kB|MB)\b/g, "0")
    .replaceAll(/\d+ events/g, "events")
    .replaceAll(/"value":[\d.]+/g, '"value":0')
    .replaceAll(/instance \d+ of group '\w+'/g, "an instance")
    .replaceAll(/#\d+ \(\w+\)/g, "an instance")
    .replaceAll(/ +/g, " ");
}

/** What a command prints, and what the instances of its run write. */
async function everythingSaid(args: readonly string[]): Promise<string> {
  const out = scratch();
  const to = args[0] === "run" ? ["--out", out] : [];
  const { stdout, stderr } = await groundplan([...args, ...to]).finished;
  const files = readdirSync(out, { recursive: true, encoding: "utf8" });
  const written = files.filter((file) => /^(run|results)\.out$/.test(basename(file)));
  return [stdout, stderr, ...written.map((file) => readFileSync(join(out, file), "utf8"))].join("");
}

describe("the guide", () => {
  test.each(sessions)("shows what comes of $title", async ({ typed }) => {
    for (const { args, lines } of commands(typed)) {
      const said = lasting(await everythingSaid(args));
      for (const line of lines) expect(said, args.join(" ")).toContain(lasting(line).trim());
    }
  });

  test("runs every plan of its directory", () => {
    const plans = readdirSync(new URL("plans/guide/", root)).filter((file) => file.endsWith(".ts"));
    const quoted = sessions.flatMap(({ typed }) => typed).join("\n");
    const unused = plans.filter((file) => !quoted.includes(`plans/guide/${file}`));
    expect(unused.filter((file) => file !== "mixed.ts")).toEqual([]); // by its composition
  });
});
