import { randomUUID } from "node:crypto";
import { type Choreography, type JournalEvent, type Plan, plan, toCases } from "@groundplan/dsl";
import { type InstanceResult, runInstance, runInstances } from "@groundplan/runtime";
import type { Namespace } from "@groundplan/sync";

export interface Run {
  readonly results: readonly InstanceResult[];
  readonly journal: readonly JournalEvent[];
  /** What the instances wrote to their stdout. */
  readonly lines: readonly string[];
}

export interface RunOptions {
  /** Instances by group. */
  readonly groups?: Readonly<Record<string, number>>;
  /** `k=v|k=v` by group. */
  readonly params?: Readonly<Record<string, string>>;
  /** How many of a group are not started. */
  readonly absent?: Readonly<Record<string, number>>;
  /** How many more are started than the run is told of. */
  readonly surplus?: number;
  /** The run's id unless given. */
  readonly seed?: string;
  /** A store of this test alone unless given. */
  readonly sync?: string;
  /** A new one unless given. */
  readonly run?: string;
  /** How many instances that are not started here belong to the run too. */
  readonly outside?: number;
  /** More variables, for every instance. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends all of them. */
  readonly signal?: AbortSignal;
  /** Hears each line as it is written. */
  readonly write?: (line: string) => void;
  /** Hears of each event of the journal as it happens. */
  readonly onEvent?: (event: JournalEvent) => void;
  /** The run in a store that the test has opened, in place of `sync`. */
  readonly namespace?: Namespace;
}

/** Performs a choreography for real: every instance with its own environment, in this process, over one store. */
export async function performAll(
  found: Choreography<never> | Plan,
  options: RunOptions = {},
): Promise<Run> {
  const { groups = { single: 3 }, params = {}, absent = {}, surplus = 0, seed } = options;
  const { sync = "memory:", run = randomUUID(), outside = 0 } = options;
  const journal: JournalEvent[] = [];
  const lines: string[] = [];
  const whole = "cases" in found ? found : plan("plan", { case: found });
  const cases = toCases(whole, {
    journal: (_, event) => {
      journal.push(event);
      options.onEvent?.(event);
    },
    ...(seed === undefined ? {} : { seed }),
  });
  const instances = Object.values(groups).reduce((sum, n) => sum + n, outside);
  const environments = Object.entries(groups).flatMap(([group, size]) =>
    Array.from({ length: size - (absent[group] ?? 0) + surplus }, (_, ordinal) => ({
      TEST_PLAN: whole.name,
      TEST_CASE: "case",
      TEST_RUN: run,
      TEST_INSTANCE_COUNT: `${instances}`,
      TEST_GROUP_ID: group,
      TEST_GROUP_INSTANCE_COUNT: `${size}`,
      TEST_INSTANCE_PARAMS: params[group] ?? "",
      GROUNDPLAN_ORDINAL: `${ordinal}`,
      GROUNDPLAN_SYNC: sync,
      ...options.environment,
    })),
  );
  const write = (line: string): void => {
    lines.push(line);
    options.write?.(line);
  };
  const { signal, namespace } = options;
  const results =
    namespace === undefined
      ? await runInstances(cases, environments, { write, signal })
      : await Promise.all(
          environments.map((environment) =>
            runInstance(cases, { environment, namespace, write, signal }),
          ),
        );
  return { results, journal, lines };
}

/** The messages of those that did not pass. */
export function errors(run: Run): readonly string[] {
  return run.results.flatMap((result) => (result.type === "ok" ? [] : [result.error.message]));
}
