import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { type Choreography, minimumInstances, type Plan, plan, toCases } from "@groundplan/dsl";
import { explanation } from "@groundplan/dsl/tools";
import { type InstanceResult, runInstances } from "@groundplan/runtime";
import { describe, expect, it } from "vitest";

const directory = new URL("../../../plans/", import.meta.url);
const files = ["", "patterns/"].flatMap((folder) =>
  readdirSync(new URL(folder, directory))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}${file}`),
);
const cases = (
  await Promise.all(
    files.map(async (file) => {
      const { default: found }: { default: Plan } = await import(`${directory}${file}`);
      return Object.entries(found.cases).flatMap(([name, each]) =>
        each.type === "choreography" ? [[`${file} ${name}`, each] as const] : [],
      );
    }),
  )
).flat();

/** A place in a plan, and what became of a run in which one instance failed there. */
interface Ended {
  readonly place: string;
  readonly isTolerant: boolean;
  /** Who failed there; nobody has come there if undefined. */
  readonly id: number | undefined;
  readonly results: readonly InstanceResult[];
}

describe("in any stage of a plan, an instance of any role that fails on entering it", () => {
  it.each(cases)("ends all with its name and stage, or is tolerated: %s", async (_, found) => {
    const wrong: string[] = [];
    for (const ended of await failEverywhere(found)) {
      if (!isRight(ended)) wrong.push(`${ended.place}: ${JSON.stringify(ended.results)}`);
    }
    expect(wrong).toEqual([]);
  });
});

async function failEverywhere(found: Choreography): Promise<readonly Ended[]> {
  const definition = found.define();
  // What needs a sidecar is refused without one, and is not to be come to.
  if (JSON.stringify(definition.stages).includes('"requires":"sidecar"')) return [];
  const instances = Math.max(4, minimumInstances(definition.roles));
  const ends: Ended[] = [];
  for (const { id: stage, at, kind } of explanation(definition, { instances }).stages) {
    if (kind === "join" || kind === "rounds") continue;
    for (const role of at) {
      const data = definition.roles[role];
      const isTolerant = data !== undefined && "atLeast" in data && data.atLeast !== undefined;
      const ran = await failAt(found, { stage, role, instances });
      ends.push({ place: `${stage} at ${role}`, isTolerant, ...ran });
    }
  }
  return ends;
}

interface Place {
  readonly stage: string;
  readonly role: string;
  readonly instances: number;
}

/** The first of the role to enter the stage throws there. */
async function failAt(
  found: Choreography,
  { stage, role, instances }: Place,
): Promise<Pick<Ended, "id" | "results">> {
  let failed: number | undefined;
  const cases = toCases(plan("plan", { case: found }), {
    seed: "seed",
    journal: (_, event) => {
      const isThere = event.event === "enter" && event.stage.replace(/#[\d.]+$/, "") === stage;
      if (failed !== undefined || !isThere || event.role !== role) return;
      failed = event.id;
      throw new Error("failed on purpose");
    },
  });
  const run: string = randomUUID();
  const environments = Array.from({ length: instances }, (_, i) => ({
    TEST_PLAN: "plan",
    TEST_CASE: "case",
    TEST_RUN: run,
    TEST_INSTANCE_COUNT: `${instances}`,
    TEST_GROUP_ID: "single",
    TEST_GROUP_INSTANCE_COUNT: `${instances}`,
    GROUNDPLAN_ORDINAL: `${i}`,
    GROUNDPLAN_SYNC: "memory:",
  }));
  const results = await runInstances(cases, environments, { write: () => {} });
  return { id: failed, results };
}

function isRight({ place, isTolerant, id, results }: Ended): boolean {
  if (id === undefined) return false;
  const stage = place.slice(0, place.lastIndexOf(" at "));
  const others = results.filter(({ type }) => type !== "failed");
  if (results.length - others.length !== 1) return false;
  if (isTolerant) return others.every(({ type }) => type === "ok");
  return others.every(
    (result) =>
      result.type === "aborted" &&
      result.error.message.startsWith(`aborted: #${id} `) &&
      result.error.message.includes(`failed in '${stage}`),
  );
}
