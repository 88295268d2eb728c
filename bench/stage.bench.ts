import { choreography, type Plan, plan, rest, testcase, toCases } from "@groundplan/dsl";
import { runInstances } from "@groundplan/runtime";
import { bench, describe } from "vitest";

const STAGES = 50;
const roles = { node: rest() };
const each = Array.from({ length: STAGES }, (_, i) => i);

const stages: Plan = plan("stages", {
  "by hand, the baseline": testcase(async ({ env, sync }) => {
    for (const i of each) await sync.signalAndWait(`b${i}`, env.instances);
  }),
  barrier: choreography({ roles }, (c) => {
    for (const i of each) c.barrier(`b${i}`);
  }),
  body: choreography({ roles }, (c) => {
    for (const i of each) c.everyone(`b${i}`, {}, () => i);
  }),
  exchange: choreography({ roles }, (c) => {
    const id = c.everyone("id", {}, ({ me }) => me.id);
    for (const i of each) c.exchange(`x${i}`, id);
  }),
});

let runs = 0;

/** A whole run in this process, over a store of its own. */
async function perform(name: string, instances: number): Promise<void> {
  const run = `bench-${++runs}`;
  const environments = Array.from({ length: instances }, (_, i) => ({
    TEST_PLAN: "stages",
    TEST_CASE: name,
    TEST_RUN: run,
    TEST_INSTANCE_COUNT: `${instances}`,
    TEST_GROUP_ID: "g",
    TEST_GROUP_INSTANCE_COUNT: `${instances}`,
    GROUNDPLAN_ORDINAL: `${i}`,
    GROUNDPLAN_SYNC: "memory:",
  }));
  const results = await runInstances(toCases(stages), environments, { write: () => {} });
  if (results.some(({ type }) => type !== "ok")) throw new Error(`${name} failed`);
}

describe.each([10, 100])(`%i instances of one process, ${STAGES} stages`, (n) => {
  for (const name of Object.keys(stages.cases)) bench(name, () => perform(name, n));
});
