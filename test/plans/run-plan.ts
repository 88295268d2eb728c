import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { type Finished, groundplan, scratch } from "../groundplan.ts";

const ResultLine = z.object({ name: z.string(), measures: z.object({ value: z.number() }) });
const JournalLine = z.object({
  id: z.number(),
  role: z.string(),
  stage: z.string(),
  event: z.string(),
});

/** How a plan is to be run. */
export interface RunOptions {
  /** 4 unless given. */
  readonly n?: number;
  readonly case?: string;
  /** Each `name=value`. */
  readonly params?: readonly string[];
  /** 2 unless given; the instances share them. */
  readonly processes?: number;
  /** The embedded store unless given. */
  readonly sync?: string;
  /** The run's id unless given. */
  readonly seed?: string;
}

/** A point of `results.out`, and the ordinal of the instance that measured it. */
interface Point {
  readonly ordinal: number;
  readonly name: string;
  readonly value: number;
}

/** What a run left behind. */
export interface PlanRun extends Finished {
  /** Everything that was measured, in order of the instances. */
  readonly points: readonly Point[];
  /** The stages that each instance entered, in its order; of a raw test case its name. */
  readonly visits: readonly Visits[];
  /** What was measured under the name. */
  values(name: string): readonly number[];
}

interface Visits {
  readonly id: number;
  readonly role: string;
  readonly stages: readonly string[];
}

/** Runs a plan of `plans/` with `groundplan run`. */
export async function runPlan(plan: string, options: RunOptions = {}): Promise<PlanRun> {
  const { n = 4, params = [], processes = 2, sync = "embedded", seed } = options;
  const out = scratch();
  const finished = await groundplan([
    "run",
    `plans/${plan}.ts`,
    ...(options.case === undefined ? [] : [options.case]),
    ...["-n", `${n}`, "--processes", `${processes}`, "--sync", sync, "--out", out],
    ...(seed === undefined ? [] : ["--seed", seed]),
    ...params.flatMap((param) => ["--param", param]),
  ]).finished;
  const points = pointsBelow(out);
  return {
    ...finished,
    points,
    visits: visitsBelow(out),
    values: (name) => points.filter((point) => point.name === name).map(({ value }) => value),
  };
}

/** So many times the same value. */
export function times(n: number, value: number): readonly number[] {
  return Array.from({ length: n }, () => value);
}

function pointsBelow(out: string): readonly Point[] {
  return filesBelow(out, "results.out")
    .flatMap((file) => {
      const ordinal = Number(basename(dirname(file)));
      return jsonLines(file, ResultLine).map(({ name, measures }) => ({
        ordinal,
        name,
        value: measures.value,
      }));
    })
    .sort((a, b) => a.ordinal - b.ordinal);
}

function visitsBelow(out: string): readonly Visits[] {
  const found = new Map<number, Visits & { readonly stages: string[] }>();
  const events = filesBelow(out, "journal.ndjson").flatMap((file) => jsonLines(file, JournalLine));
  for (const { id, role, stage, event } of events) {
    const visits = found.get(id) ?? { id, role, stages: [] };
    found.set(id, visits);
    if (event === "enter") visits.stages.push(stage);
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

function filesBelow(out: string, name: string): readonly string[] {
  const files = readdirSync(out, { recursive: true, encoding: "utf8" });
  return files.filter((file) => basename(file) === name).map((file) => join(out, file));
}

function jsonLines<T>(file: string, schema: z.ZodType<T>): readonly T[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => schema.parse(JSON.parse(line)));
}
