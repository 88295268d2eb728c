import { readdir } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type { Choreography, JournalEvent, Plan, Stage } from "@groundplan/dsl";
import { type Circumstances, type Explanation, explanation } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import { performMixed } from "../mixed-run.ts";
import { errors, performAll, type Run } from "../perform-all.ts";
import { performShaped } from "../shaped-run.ts";
import { storm } from "../storm-example.ts";
import { everything, mixed, shaped } from "./example-plans.ts";

const plansDirectory = new URL("../../../../plans/", import.meta.url);
/** It kills the process of one of its instances, which here is that of all. */
const deadly = "guide/losses.ts";
const files = (await readdir(plansDirectory, { recursive: true }))
  .filter((file) => file.endsWith(".ts") && !file.includes("node_modules") && file !== deadly)
  .sort();

/** Explained before it is run, with the fewest instances. */
function explained(found: Choreography<never>, circumstances: Circumstances = {}): Explanation {
  return explanation(found.define(), circumstances);
}

/** By stage, how many those who waited there waited for; where a body is, each waits for another's turn. */
function waited(journal: readonly JournalEvent[]): Readonly<Record<string, number>> {
  const needs = journal
    .filter(({ event, need }) => event === "wait" && need !== undefined)
    .map(({ stage, need = 0 }) => [stage.split("#")[0] ?? stage, need] as const);
  return Object.fromEntries(needs);
}

function expectAsExplained({ journal }: Run, { stages }: Explanation): void {
  const isBody = (kind: string): boolean => kind === "run" || kind === "connect";
  const bodies = new Set(stages.filter(({ kind }) => isBody(kind)).map(({ id }) => id));
  const needs = Object.entries(waited(journal)).filter(([id]) => !bodies.has(id));
  const foretold = new Map(stages.map(({ id, need }) => [id, need]));
  expect(needs.length).toBeGreaterThan(0);
  expect(Object.fromEntries(needs)).toEqual(
    Object.fromEntries(needs.map(([id]) => [id, foretold.get(id)])),
  );
}

describe("the numbers that explain() gives are those that a real run waits for", () => {
  it("at every kind of stage that needs nothing but a store [C73]", async () => {
    const { groups } = explained(everything);
    const run = await performAll(everything, { groups });
    expect(errors(run)).toEqual([]);
    expectAsExplained(run, explained(everything));
  });

  it("with more instances, in groups", async () => {
    const groups = { a: 5, b: 7 };
    const run = await performAll(everything, { groups });
    expect(errors(run)).toEqual([]);
    expectAsExplained(run, explained(everything, { groups }));
  });

  it("where the network is shaped", async () => {
    for (const found of [shaped, storm]) {
      const run = await performShaped(found, { groups: { single: 4 } });
      expect(errors(run)).toEqual([]);
      expectAsExplained(run, explained(found, { instances: 4 }));
    }
  });

  it("where instances outside take part", async () => {
    const outsider = async ({
      sync,
    }: Parameters<Parameters<typeof performMixed>[1][number]>[0]) => {
      await sync.signalEntry("ready");
      await sync.publish({ name: "names" }, "go");
      await sync.publish({ name: "config" }, 7);
      await sync.signalEntry("up");
    };
    const run = await performMixed(mixed, [outsider, outsider], { groups: { single: 3 } });
    expect(errors(run)).toEqual([]);
    expectAsExplained(run, explained(mixed, { instances: 5 }));
  });

  it.each(files)("in plans/%s [C73]", async (file) => {
    const { default: found }: { readonly default?: Plan } = await import(
      pathToFileURL(new URL(file, plansDirectory).pathname).href
    );
    for (const testCase of Object.values(found?.cases ?? {})) {
      if (testCase.type === "testcase") continue;
      const { roles, stages } = testCase.define();
      if (Object.values(roles).some(({ kind }) => kind === "outside")) continue;
      const explanation = explained(testCase);
      const { groups } = explanation;
      const perform = needsSidecar(stages) ? performShaped : performAll;
      expectAsExplained(await perform(testCase, { groups }), explanation);
    }
  });
});

function needsSidecar(stages: readonly Stage[]): boolean {
  return JSON.stringify(stages).includes('"requires":"sidecar"');
}
