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
  "counted-by-an-unknown-parameter-named-after": "leech",
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

/** Each mistake that the language promises to find, and what an author must read of it. */
const promised: readonly (readonly [mistake: string, program: string, words: string])[] = [
  [
    "a peer reads the seed's value",
    "peer-reads-what-only-the-seed-has",
    `'"peer"' is not assignable to type '"seed"'`,
  ],
  [
    "everyone reads what peers have",
    "everyone-reads-what-only-peers-have",
    `'"peer" | "seed"' is not assignable to type '"peer"'`,
  ],
  [
    "a role is misspelt",
    "role-misspelt",
    `'"pear"' is not assignable to parameter of type 'Where<"peer" | "seed">'`,
  ],
  ["a role is misspelt in a roster", "role-misspelt-in-a-roster", "Did you mean 'seed'?"],
  [
    "a branch on what one role knows",
    "branch-on-what-one-role-knows",
    `'Ref<boolean, "seed">' is not assignable to parameter of type 'Agreed<boolean, "peer" | "seed">'`,
  ],
  [
    "many used as one",
    "many-where-one-is-meant",
    "'readonly string[]' is not assignable to parameter of type 'string'",
  ],
  [
    "one used as many",
    "one-where-many-are-meant",
    "'string' is not assignable to parameter of type 'readonly string[]'",
  ],
  [
    "a role outside among",
    "role-outside-among",
    `'"seed"' is not assignable to type 'Where<"peer">`,
  ],
  ["a need that is not declared", "need-not-declared", "Property 'addrs' does not exist"],
  [
    "a handle used as its value",
    "handle-used-as-its-value",
    "Property 'seed' does not exist on type 'Agreed<",
  ],
  [
    "a socket that is sent",
    "live-object-sent",
    '"this value is not JSON and cannot leave its instance"',
  ],
  [
    "a broadcast from a role of many",
    "broadcast-from-many",
    `'"peer"' is not assignable to parameter of type '"seed"'`,
  ],
  ["a timeout in words", "timeout-in-words", `'"30 sec"' is not assignable to type 'Duration`],
  [
    "a latency without a unit",
    "latency-without-a-unit",
    `'"200"' is not assignable to type 'Duration`,
  ],
  ["a bandwidth in bytes", "bandwidth-in-bytes", `'"10MB"' is not assignable to type`],
  ["a need called me", "need-called-me", "is not assignable to type 'never'"],
  ["a repeat without a most", "repeat-without-end", "Property 'max' is missing"],
  [
    "a repeat until what differs",
    "repeat-until-what-differs",
    "is not assignable to type 'Agreed<boolean,",
  ],
  [
    "rounds counted by a handle",
    "rounds-counted-by-a-handle",
    "is not assignable to parameter of type 'number'",
  ],
  [
    "a schema of another type",
    "schema-of-another-type",
    "Type 'number' is not assignable to type 'string'",
  ],
  ["an option that there is not", "unknown-option", "may only specify known properties"],
  ["a parameter is misspelt", "parameter-misspelt", "Did you mean 'rounds'?"],
  [
    "a wait for what is no signal",
    "waiting-for-a-value",
    "is not assignable to parameter of type 'Signal'",
  ],
  [
    "an async definition",
    "async-definition",
    "a definition cannot be async: put awaits inside stage bodies",
  ],
  [
    "a count by an unknown parameter",
    "counted-by-an-unknown-parameter",
    `'"leaches"' is not assignable to type '"leeches"'`,
  ],
  [
    "a body at an outside role",
    "body-at-an-outside-role",
    "is not assignable to parameter of type 'Where<",
  ],
  [
    "a value of among used by all",
    "value-of-among-used-by-all",
    `'"peer" | "seed"' is not assignable to type '"peer"'`,
  ],
];

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

  it.each(promised)("%s is told in the words that are promised [C8]", (_, program, words) => {
    expect(first.get(program)?.message).toContain(words);
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
