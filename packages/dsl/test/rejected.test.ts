import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("rejected/", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Where the first error of each program must fall. */
const tokens: Readonly<Record<string, string>> = {
  "async-definition": "async",
  "async-fold": "ns",
  "async-rounds": "async",
  "backoff-of-one-duration": "backoff",
  "bandwidth-in-bytes": "bandwidth",
  "body-at-an-outside-role": '"go"',
  "branch-on-what-differs": "coin",
  "branch-on-what-one-role-knows": "slow",
  "branch-without-else-used-as-a-value": "value",
  "broadcast-from-many": '"peer"',
  "chosen-by-an-unknown-parameter": "liar",
  "counted-by-a-text-parameter": "leech",
  "counted-by-an-unknown-parameter": "leech",
  "date-sent": "started",
  "dials-a-role-outside-among": "random",
  "everyone-reads-what-only-peers-have": "conn",
  "handle-used-as-its-value": "seed",
  "hub-misspelt": "star",
  "latency-without-a-unit": "latency",
  "live-object-gathered": "conn",
  "live-object-sent": "server",
  "many-where-one-is-meant": "addrs",
  "need-called-me": "me",
  "need-called-peer": "peer",
  "need-not-declared": "addrs",
  "one-where-many-are-meant": "addrs",
  "outside-counted-by-an-unknown-parameter": "go",
  "outside-values-without-a-topic": "go",
  "parameter-misspelt": "round",
  "peer-reads-what-only-the-seed-has": "results",
  "peer-without-an-edge": "peer",
  "received-from-a-role-inside": '"seed"',
  "repeat-until-what-differs": "until",
  "repeat-without-end": "{",
  "requires-what-there-is-not": "requires",
  "role-misspelt": '"pear"',
  "role-misspelt-at-a-barrier": "at",
  "role-misspelt-in-a-roster": "sed",
  "role-outside-among": "at",
  "role-that-cannot-be-here": "me",
  "roster-sent": "results",
  "rounds-counted-by-a-handle": "n",
  "run-timeout-without-a-unit": "timeout",
  "sampled-by-a-text-parameter": "victim",
  "scatter-of-one-value": "one",
  "schema-of-another-type": "schema",
  "shape-with-an-unknown-field": "delay",
  "signal-as-a-need": "ready",
  "timeout-in-words": "timeout",
  "undefined-sent": "first",
  "unknown-option": "retries",
  "value-of-a-round-used-as-one": "rtts",
  "value-of-among-used-by-all": "n",
  "wait-for-half-in-words": "atLeast",
  "waiting-for-a-value": "addr",
};

interface Diagnostic {
  readonly program: string;
  readonly code: string;
  readonly token: string;
  readonly message: string;
}

describe("programs the compiler must reject", () => {
  const programs = readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => basename(file, ".ts"));
  let first: ReadonlyMap<string, Diagnostic>;

  beforeAll(async () => {
    const found = parse(await compile());
    // Set in reverse, so that the first of each program stays.
    first = new Map(found.reverse().map((diagnostic) => [diagnostic.program, diagnostic]));
  }, 60_000);

  it("each say where their error must fall", () => {
    expect(programs.sort()).toEqual(Object.keys(tokens));
  });

  it.each(Object.entries(tokens))("%s is rejected at its %s", (program, token) => {
    expect(first.get(program)?.token).toBe(token);
  });

  it("are answered in these words", async () => {
    const words = programs.map((program) => {
      const { code, token, message } = first.get(program) ?? { code: "accepted" };
      return `${program}\n  at ${token}: ${code}: ${message}\n`;
    });
    await expect(words.join("\n")).toMatchFileSnapshot("rejected/messages.txt");
  });
});

function compile(): Promise<string> {
  const tsc = fileURLToPath(new URL("../../../node_modules/typescript/bin/tsc", import.meta.url));
  const args = [tsc, "--pretty", "false", "--project", folder];
  return new Promise((resolve) => {
    // It exits with an error code, as it should; what it prints decides.
    execFile(process.execPath, args, { cwd: root }, (_error, stdout) => resolve(stdout));
  });
}

/** `path(line,column): error TS2322: message`, then more of the message, indented. */
function parse(output: string): Diagnostic[] {
  const errors = output.matchAll(/^(\S+?)\((\d+),(\d+)\): error (TS\d+): (.+(?:\n .+)*)/gm);
  return [...errors].flatMap(([, path = "", line, column, code = "", message = ""]) => {
    if (!path.startsWith("packages/dsl/test/rejected/")) return [];
    const token = tokenAt(root + path, Number(line), Number(column));
    return [{ program: basename(path, ".ts"), code, token, message }];
  });
}

function tokenAt(path: string, line: number, column: number): string {
  const text =
    readFileSync(path, "utf8")
      .split("\n")
      [line - 1]?.slice(column - 1) ?? "";
  return /^(?:"[^"]*"|\w+|.)/.exec(text)?.[0] ?? "";
}
