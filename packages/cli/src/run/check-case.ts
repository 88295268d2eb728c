import {
  type Choreography,
  cleanName,
  type Definition,
  DefinitionError,
  firstDifference,
  fits,
  minimumInstances,
  type Plan,
  shapeOf,
  type TestCase,
} from "@groundplan/dsl";
import { RuntimeError, typedParams, unknownParams } from "@groundplan/runtime";
import { z } from "zod";
import { messageOf, usage } from "../command-error.ts";
import type { Group } from "./groups.ts";

/** A test case that can run with the groups that were asked for. */
export interface CheckedCase {
  readonly name: string;
  /** The stages; none for a raw test case, which has no stages to show. */
  readonly definition: Definition | undefined;
  readonly roleSizes: Readonly<Record<string, number>>;
}

/** Refuses, before anything is started, what cannot run: an unknown case, wrong parameters, roles that do not fit. */
export function checkCase(
  plan: Plan,
  wanted: string | undefined,
  groups: readonly Group[],
): CheckedCase {
  const [name, testCase] = findCase(plan, wanted);
  checkCount(name, testCase, groups);
  const hosted = groups.filter(({ artifact }) => artifact === undefined);
  const params = hosted.map((group) => checkParams(testCase, group));
  if (testCase.type === "testcase") {
    const sizes = groups.map(({ id, instances }) => [id, instances]);
    return { name, definition: undefined, roleSizes: Object.fromEntries(sizes) };
  }
  const definitions = checkVersions(testCase, hosted, params);
  const [definition] = definitions;
  return {
    name,
    definition,
    roleSizes: checkRoles(name, { hosted, definitions }, groups),
  };
}

/** The test case of that name, cleaned or not; the only one if none is named. */
export function findCase(
  plan: Plan,
  wanted: string | undefined,
): [string, Choreography | TestCase] {
  const cases = Object.entries(plan.cases);
  const known = cases.map(([name]) => name).join(", ");
  const [only] = cases;
  if (wanted === undefined) {
    if (cases.length === 1 && only !== undefined) return only;
    throw usage(`plan '${plan.name}' has several test cases: say which of ${known} to run`);
  }
  const found = cases.find(([name]) => name === wanted || cleanName(name) === wanted);
  if (found !== undefined) return found;
  throw usage(`plan '${plan.name}' has no test case '${wanted}'; it has ${known}`);
}

function checkCount(
  name: string,
  { options }: Choreography | TestCase,
  groups: readonly Group[],
): void {
  const { min = 1, max = Number.POSITIVE_INFINITY } = options.instances ?? {};
  const instances = total(groups);
  if (instances >= min && instances <= max) return;
  const range = max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`;
  throw usage(`test case '${name}' takes ${range} instances, and ${instances} were asked for`);
}

/** The parameters as the test case types them. */
function checkParams(
  { options }: Choreography | TestCase,
  { id, params }: Group,
): Readonly<Record<string, unknown>> {
  const schema = options.params ?? z.object({});
  const [unknown] = unknownParams(schema, Object.keys(params));
  if (unknown !== undefined) {
    const known = Object.keys(schema.shape).join(", ");
    throw usage(
      `there is no parameter '${unknown}'; ${known ? `there are ${known}` : "the test case takes none"}`,
    );
  }
  try {
    return typedParams(schema, params);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw usage(`group '${id}': ${error.message}`, error);
  }
}

/** All groups must go through the same stages: parameters that differ must not change them. */
function checkVersions(
  testCase: Choreography,
  groups: readonly Group[],
  params: readonly Readonly<Record<string, unknown>>[],
): readonly [Definition, ...Definition[]] {
  const [definition, ...others] = params.map((each) => define(testCase, each));
  if (definition === undefined) throw usage("a run needs at least one group");
  const other = others.findIndex(({ fingerprint }) => fingerprint !== definition.fingerprint);
  const different = others[other];
  if (different === undefined) return [definition, ...others];
  throw usage(
    `groups '${groups[0]?.id}' and '${groups[other + 1]?.id}' would run different plans: ${firstDifference(shapeOf(definition), shapeOf(different))}; give them the parameters that decide the stages with --param`,
  );
}

function define(testCase: Choreography, params: Readonly<Record<string, unknown>>): Definition {
  try {
    return testCase.define(params);
  } catch (error) {
    throw usage(`the choreography cannot be declared: ${messageOf(error)}`, error);
  }
}

interface Checked {
  /** The groups that run the plan's file. */
  readonly hosted: readonly Group[];
  readonly definitions: readonly [Definition, ...Definition[]];
}

/** An artifact may be anything, and is taken for an instance that asks for no role by its parameters. */
function checkRoles(
  name: string,
  { hosted, definitions }: Checked,
  groups: readonly Group[],
): Readonly<Record<string, number>> {
  const [{ roles }] = definitions;
  const instances = total(groups);
  const least = minimumInstances(roles);
  if (instances < least) {
    throw usage(
      `test case '${name}' needs at least ${least} instances, one for each role (${Object.keys(roles).join(", ")}), and ${instances} ${instances === 1 ? "was" : "were"} asked for: -n ${least}`,
    );
  }
  try {
    const sizes = groups.map(({ id, instances: size }) => [id, size] as const);
    const asked = hosted.map(({ id }, index) => [id, definitions[index]?.asked ?? {}] as const);
    const ranges = fits(roles, Object.fromEntries(sizes), Object.fromEntries(asked));
    return Object.fromEntries(Object.entries(ranges).map(([role, { size }]) => [role, size]));
  } catch (error) {
    if (!isDefinitionError(error)) throw error;
    throw usage(`the groups do not fit the roles of '${name}': ${error.message}`, error);
  }
}

/** By name too: the plan may come with a copy of the package of its own. */
function isDefinitionError(error: unknown): error is DefinitionError {
  return (
    error instanceof DefinitionError || (error instanceof Error && error.name === "DefinitionError")
  );
}

function total(groups: readonly Group[]): number {
  return groups.reduce((sum, { instances }) => sum + instances, 0);
}
