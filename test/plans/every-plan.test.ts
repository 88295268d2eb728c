import { readdirSync } from "node:fs";
import type { Plan } from "@groundplan/dsl";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type PlanRun, runPlan } from "./run-plan.ts";
import { type Service, startService, startUpstream } from "./sync-service.ts";

const directory = new URL("../../plans/", import.meta.url);
const files = ["", "patterns/"].flatMap((folder) =>
  readdirSync(new URL(folder, directory))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${folder}${file.slice(0, -3)}`),
);

/** Each test case of each plan, and whether it is refused where there is no sidecar. */
const cases = (
  await Promise.all(
    files.map(async (file) => {
      const { default: plan }: { default: Plan } = await import(`${directory}${file}.ts`);
      return Object.entries(plan.cases).map(([name, found]) => ({
        file,
        name,
        isRefused:
          found.type === "choreography" &&
          JSON.stringify(topLevel(found.define().stages)).includes('"requires":"sidecar"'),
      }));
    }),
  )
).flat();

/** Without the arms of branches: what is in those is refused when it is come to. */
function topLevel(stages: readonly { readonly kind: string }[]): readonly unknown[] {
  return stages.filter(({ kind }) => kind !== "branch");
}

/** Ours, and Testground's own where there is Go. */
let services: readonly Service[] = [];
beforeAll(async () => {
  const [ours, upstream] = await Promise.all([startService(), startUpstream()]);
  services = upstream === undefined ? [ours] : [ours, upstream];
}, 120_000);
afterAll(() => Promise.all(services.map((service) => service.stop())));

function redisUrl(): string {
  const url = inject("redisUrl");
  if (url === undefined) throw new Error("these tests need redis-server or valkey-server");
  return url;
}

/** The same everywhere but for what a clock says, and for the ports. */
function outcome({ code, points, visits }: PlanRun): unknown {
  return { code, visits, points: points.filter(({ name }) => !name.endsWith("_ms")) };
}

/** The sequences of stages that instances of each role went through: one, if they agree. */
function sequences({ visits }: PlanRun): Readonly<Record<string, readonly string[]>> {
  const byRole = new Map<string, Set<string>>();
  for (const { role, stages } of visits) {
    byRole.set(role, (byRole.get(role) ?? new Set()).add(stages.join(" ")));
  }
  return Object.fromEntries([...byRole].map(([role, found]) => [role, [...found]]));
}

describe.each(files)("%s", (file) => {
  const own = cases.filter((each) => each.file === file);

  test.each(own)(
    "$name goes through the same stages to the same results on every store [C63]",
    async ({ name, isRefused }) => {
      const stores = ["embedded", redisUrl(), ...services.map(({ url }) => url)];
      const runs = await Promise.all(
        stores.map((sync) =>
          runPlan(file, { case: name, n: 6, processes: 1, seed: "the same", sync }),
        ),
      );
      const expected = isRefused ? { code: 1, instances: 0 } : { code: 0, instances: 6 };
      for (const run of runs) {
        const { code, stderr, visits } = run;
        expect({ code, stderr, instances: visits.length }).toEqual({ ...expected, stderr: "" });
        for (const found of Object.values(sequences(run))) expect(found).toHaveLength(1);
      }
      const [first, ...others] = runs.map(outcome);
      for (const other of others) expect(other).toEqual(first);
    },
  );
});
