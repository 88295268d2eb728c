import { leastOf } from "../allotment.ts";
import { fits } from "../cast.ts";
import type { Choreography } from "../choreography.ts";
import { DefinitionError } from "../definition-error.ts";
import type { RoleData, Roles } from "../roles.ts";
import type { TestCase } from "../testcase.ts";

/** How many instances a test case can run with. */
export interface InstanceRange {
  readonly min: number;
  readonly max: number;
  /** The fewest that it runs with if nothing is said about parameters; as far as the roles tell. */
  readonly default: number;
}

/** The maximum of a case without one: Testground takes a missing one for 0, so it is a number that nobody reaches. */
export const NO_MAXIMUM = 1_000_000;
/** Roles of a percentage may need more instances than their minima add up to; seldom many more. */
const TRIES = 200;

/**
 * The range from the case's own `instances` and from its roles, by what no parameter can change.
 *
 * @throws DefinitionError `"bad-case"` where no number fits both, and whatever declaring the stages throws.
 */
export function instanceRange(name: string, testCase: Choreography | TestCase): InstanceRange {
  const own = testCase.options.instances ?? {};
  const roles = testCase.type === "choreography" ? testCase.options.roles : {};
  const min = Math.max(own.min ?? 1, least(roles));
  const max = Math.min(own.max ?? NO_MAXIMUM, most(roles));
  if (max < min) {
    throw new DefinitionError(
      "bad-case",
      `test case '${name}' needs at least ${min} instances and takes at most ${max}: correct its instances, or its roles`,
    );
  }
  return { min, max, default: Math.min(max, smallest(testCase, min)) };
}

/** A role whose number is a parameter may be as small as its minimum. */
function least(roles: Roles): number {
  const sizes = Object.values(roles).map(({ spec }) => {
    if (!("n" in spec)) return leastOf(spec);
    if (typeof spec.n === "number") return spec.n;
    return "min" in spec ? spec.min : 0;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** With fixed numbers alone there is nobody to take an instance more. */
function most(roles: Roles): number {
  const specs = Object.values(roles).map(({ spec }) => spec);
  const isFixed = specs.every(
    (spec) => spec.kind === "one" || ("n" in spec && typeof spec.n === "number"),
  );
  return specs.length > 0 && isFixed ? least(roles) : NO_MAXIMUM;
}

function smallest(testCase: Choreography | TestCase, min: number): number {
  const roles = defaultRoles(testCase);
  if (roles === undefined) return min;
  const sizes = Array.from({ length: TRIES }, (_, more) => min + more);
  return sizes.find((size) => isEnough(roles, size)) ?? min;
}

function isEnough(roles: Readonly<Record<string, RoleData>>, size: number): boolean {
  try {
    fits(roles, { single: size });
    return true;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return false;
  }
}

/** The roles with the defaults of all parameters; undefined if one of them has none, or if there are no roles. */
function defaultRoles(
  testCase: Choreography | TestCase,
): Readonly<Record<string, RoleData>> | undefined {
  if (testCase.type === "testcase") return undefined;
  try {
    return testCase.define().roles;
  } catch (error) {
    if (codeOf(error) === "bad-params") return undefined;
    throw error;
  }
}

/** By name: a bundled plan comes with a copy of this package of its own. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "DefinitionError") return undefined;
  return "code" in error ? error.code : undefined;
}
