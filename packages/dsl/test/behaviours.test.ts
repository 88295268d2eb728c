import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { behaviours } from "./behaviours.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folders = ["packages/dsl/test", "packages/cli/test", "test"];
/** The first argument of a test or a group of tests, also where a table comes before it. */
const NAME = /(?:\b(?:it|test|describe)|\))\(\s*"((?:[^"\\\n]|\\.)*)"/g;

/** Those of simulations are known by their names. */
const simulated: Readonly<Record<number, string>> = {
  75: "has the same hash, journal and time for the same seed",
  76: "is found stuck at once, in real time and in virtual",
  77: "'crash' makes a process vanish, which its lease tells the others",
  78: "aborts the run for a crash in any stage, from the roster to the end",
  79: "stand in for bodies, with what those would be given",
  80: "sleeps for a day in no time",
  81: "names the stage whose value differs",
};

const names = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .flatMap((file) => [...readFileSync(join(root, folder, file), "utf8").matchAll(NAME)])
    .map(([, name = ""]) => name),
);

function numbersIn(name: string): readonly number[] {
  return [...name.matchAll(/\[C(\d+)\]/g)].map(([, number]) => Number(number));
}

test("every behaviour of choreographies has a test that bears its number", () => {
  const marked = new Set(names.flatMap(numbersIn));
  const untested = behaviours.flatMap((behaviour, index) => {
    const number = index + 1;
    const name = simulated[number];
    const isTested = marked.has(number) || (name !== undefined && names.includes(name));
    return isTested ? [] : [`[C${number}] ${behaviour}`];
  });
  expect(untested).toEqual([]);
});

test("no test bears the number of a behaviour that there is not", () => {
  const odd = names.filter((name) => numbersIn(name).some((n) => n < 1 || n > behaviours.length));
  expect(odd).toEqual([]);
  expect(behaviours).toHaveLength(81);
});
