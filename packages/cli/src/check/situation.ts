import type { Choreography, Plan, TestCase } from "@groundplan/dsl";
import type { Circumstances } from "@groundplan/dsl/tools";
import { RuntimeError, typedParams } from "@groundplan/runtime";
import { z } from "zod";
import { usage } from "../command-error.ts";
import { type Group, parseGroups, parseTexts } from "../run/groups.ts";
import type { SituationArguments } from "./situation-options.ts";

type AnyCase = Choreography | TestCase;
type Texts = Readonly<Record<string, string>>;

/**
 * The circumstances that the arguments describe, for each test case: the same text may be another value to each.
 * Refuses parameters that no case has.
 */
export function situations(
  plan: Plan,
  { instances, group, param, store, processes }: SituationArguments,
): (testCase: AnyCase) => Circumstances {
  const known = new Set(Object.values(plan.cases).flatMap((each) => Object.keys(shapeOf(each))));
  const texts = group.flatMap((text) => separate(text, known));
  const isSaid = instances !== undefined || texts.length > 0;
  const groups = isSaid ? parseGroups({ instances, group: texts, param }) : undefined;
  const common = parseTexts(param, "--param");
  checkKnown([common, ...(groups ?? []).map(({ params }) => params)], known);
  return (testCase) => ({
    store,
    ...(processes === undefined ? {} : { processes }),
    // As in a run, where the first group says what the stages are.
    params: typed(testCase, groups?.[0]?.params ?? common),
    ...(groups === undefined
      ? {}
      : { groups: sizesOf(groups), groupParams: own(testCase, groups) }),
  });
}

/** `a=10,b=90` as two groups, unless `b` is a parameter of the plan. */
function separate(text: string, params: ReadonlySet<string>): readonly string[] {
  const texts: string[] = [];
  for (const part of text.split(/,(?=[^,=]+=)/)) {
    const isParam = params.has(nameIn(part)) || !/=\d+$/.test(part);
    if (texts.length > 0 && isParam) texts.push(`${texts.pop()},${part}`);
    else texts.push(part);
  }
  return texts;
}

function nameIn(assignment: string): string {
  return assignment.slice(0, assignment.indexOf("="));
}

function checkKnown(each: readonly Texts[], known: ReadonlySet<string>): void {
  const unknown = each.flatMap((texts) => Object.keys(texts)).find((name) => !known.has(name));
  if (unknown === undefined) return;
  const there = known.size > 0 ? `there are ${[...known].join(", ")}` : "the plan takes none";
  throw usage(`there is no parameter '${unknown}'; ${there}`);
}

function sizesOf(groups: readonly Group[]): Readonly<Record<string, number>> {
  return Object.fromEntries(groups.map(({ id, instances }) => [id, instances]));
}

function own(
  testCase: AnyCase,
  groups: readonly Group[],
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  return Object.fromEntries(groups.map(({ id, params }) => [id, typed(testCase, params)]));
}

/** Only those given: what is missing is for the definition to complain about. */
function typed(testCase: AnyCase, texts: Texts): Readonly<Record<string, unknown>> {
  const fields = Object.entries(shapeOf(testCase)).filter(([name]) => name in texts);
  const given = Object.fromEntries(fields.map(([name]) => [name, texts[name] ?? ""]));
  try {
    return typedParams(z.object(Object.fromEntries(fields)), given);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw usage(error.message, error);
  }
}

function shapeOf({ options }: AnyCase): Readonly<Record<string, z.ZodType>> {
  return (options.params?.shape ?? {}) as Readonly<Record<string, z.ZodType>>;
}
