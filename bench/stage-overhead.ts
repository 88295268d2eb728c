import { randomUUID } from "node:crypto";
import { choreography, type Plan, plan, rest, testcase, toCases } from "@groundplan/dsl";
import { runInstances } from "@groundplan/runtime";

/**
 * The CPU that a stage costs an instance beyond what the same costs by hand, all instances in one process over one
 * store. Arguments: the store's URL, and how many instances; an empty run is subtracted from each.
 */
const [sync = "memory:", instances = "10"] = process.argv.slice(2);
const STAGES = 200;
const ROUNDS = 9;
const each = Array.from({ length: STAGES }, (_, i) => i);
const roles = { node: rest() };
const timeout = "10m";

const subjects: Plan = plan("overhead", {
  "barrier by hand": testcase(async ({ env, sync }) => {
    for (const i of each) await sync.signalAndWait(`b${i}`, env.instances);
  }),
  barrier: choreography({ roles, timeout }, (c) => {
    for (const i of each) c.barrier(`b${i}`);
  }),
  "exchange by hand": testcase(async ({ env, sync }) => {
    for (const i of each) {
      await sync.publish(`x${i}`, i);
      await sync.collect(`x${i}`, env.instances);
    }
  }),
  exchange: choreography({ roles, timeout }, (c) => {
    const id = c.everyone("id", {}, ({ me }) => me.id);
    for (const i of each) c.exchange(`x${i}`, id);
  }),
  "run by hand": testcase(async () => {
    for (const i of each) await Promise.resolve(i);
  }),
  run: choreography({ roles, timeout }, (c) => {
    for (const i of each) c.everyone(`r${i}`, {}, () => i);
  }),
  "nothing by hand": testcase(async () => {}),
  nothing: choreography({ roles, timeout }, () => {}),
});

/** The CPU of a whole run, in microseconds. */
async function cpuOf(name: string): Promise<number> {
  const run: string = randomUUID();
  const environments = Array.from({ length: Number(instances) }, (_, i) => ({
    TEST_PLAN: "overhead",
    TEST_CASE: name,
    TEST_RUN: run,
    TEST_INSTANCE_COUNT: instances,
    TEST_GROUP_ID: "g",
    TEST_GROUP_INSTANCE_COUNT: instances,
    GROUNDPLAN_ORDINAL: `${i}`,
    GROUNDPLAN_SYNC: sync,
  }));
  const start = process.cpuUsage();
  const results = await runInstances(toCases(subjects), environments, { write: () => {} });
  const { user, system } = process.cpuUsage(start);
  if (results.some(({ type }) => type !== "ok")) throw new Error(`${name} failed`);
  return user + system;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** In turns, so that a busy machine is busy for all of them. The first rounds are not counted. */
const samples = new Map(Object.keys(subjects.cases).map((name) => [name, [] as number[]]));
for (let round = -2; round < ROUNDS; round++) {
  for (const [name, own] of samples) {
    const cpu = await cpuOf(name);
    if (round >= 0) own.push(cpu);
  }
}

/** Of one stage at one instance, in microseconds. */
function perStage(name: string, empty: string): number {
  const [all = [], none = []] = [samples.get(name), samples.get(empty)];
  return (median(all) - median(none)) / STAGES / Number(instances);
}

console.log(`${instances} instances of one process, ${STAGES} stages, ${sync.split(":")[0]}`);
console.log("| stage | by hand | as a stage | overhead |");
console.log("| --- | ---: | ---: | ---: |");
for (const kind of ["barrier", "exchange", "run"]) {
  const byHand = perStage(`${kind} by hand`, "nothing by hand");
  const asStage = perStage(kind, "nothing");
  const cells = [byHand, asStage, asStage - byHand].map((us) => `${us.toFixed(0)} µs`);
  console.log(`| ${kind} | ${cells.join(" | ")} |`);
}
process.exit();
