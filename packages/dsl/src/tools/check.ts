import type { Choreography } from "../choreography.ts";
import type { Definition } from "../definition.ts";
import type { Plan } from "../plan.ts";
import type { TestCase } from "../testcase.ts";
import type { Circumstances } from "./circumstances.ts";
import { type Diagnostic, type Finding, inOrder } from "./diagnostic.ts";
import { castFault, definitionFault } from "./findings/definition-fault.ts";
import { inSources } from "./findings/definition-source.ts";
import { emptyRoles, wrongNumber, wrongNumberOfRaw } from "./findings/roles.ts";
import { largeValues, manyMessages, valuesWithoutSchema } from "./findings/sent-values.ts";
import { withoutSidecar } from "./findings/sidecar.ts";
import { type Subject, subjectOf } from "./findings/subject.ts";
import { endlessBodies, shortRun } from "./findings/time.ts";
import { unusedValues } from "./findings/values.ts";
import { differentPlans } from "./findings/versions.ts";
import { type Situation, situationOf } from "./situation.ts";
import { Sources } from "./sources.ts";

/** What is asked of each case that can be declared. */
const FINDERS: readonly ((subject: Subject) => readonly Finding[])[] = [
  unusedValues,
  emptyRoles,
  valuesWithoutSchema,
  largeValues,
  manyMessages,
  withoutSidecar,
  shortRun,
  endlessBodies,
];

/** Options of {@link check}. */
export interface CheckOptions extends Circumstances {
  /** Only this case; all unless given. */
  readonly case?: string;
  /** The plan's own files, for the position of what its definitions throw. */
  readonly files?: readonly string[];
}

/**
 * What is wrong with a plan, or probably not meant, without running it: every case is declared once for the
 * circumstances, and its sources are read where they can be. Whatever declaring it throws is a diagnostic too.
 * Sorted by position; what has none comes first.
 */
export function check(plan: Plan, options: CheckOptions = {}): readonly Diagnostic[] {
  const sources = new Sources();
  const cases = Object.entries(plan.cases).filter(
    ([name]) => options.case === undefined || name === options.case,
  );
  const diagnostics = cases.flatMap(([name, testCase]) =>
    findings(testCase, options, sources).map(({ code, level, ...more }) => ({
      code,
      level,
      case: name,
      ...more,
    })),
  );
  return inOrder(diagnostics);
}

function findings(
  testCase: Choreography | TestCase,
  options: CheckOptions,
  sources: Sources,
): readonly Finding[] {
  if (testCase.type === "testcase") return wrongNumberOfRaw(testCase.options, options);
  let definition: Definition;
  let different: readonly Finding[];
  try {
    definition = testCase.define(options.params ?? {});
    different = differentPlans(testCase, definition, options);
  } catch (error) {
    const fault = definitionFault(error, options.files ?? []);
    const position = fault.source?.replace(/^(.*?:\d+):\d+$/, "$1");
    return [fault, ...inSources(sources, position === undefined ? [] : [position])];
  }
  const number = wrongNumber({ definition, options: testCase.options }, options);
  const { situation, misfit } = cast(definition, options, number.length > 0);
  const given = { circumstances: options, situation, sources };
  const subject = subjectOf(testCase.options, definition, given);
  const positions = subject.rows.flatMap(({ stage }) => stage.source ?? []);
  return [
    ...different,
    ...number,
    ...misfit,
    ...FINDERS.flatMap((find) => find(subject)),
    ...inSources(sources, positions),
  ];
}

interface CastOrNot {
  readonly situation: Situation | undefined;
  readonly misfit: readonly Finding[];
}

/** With a wrong number of instances there is nothing more to say about roles. */
function cast(
  definition: Definition,
  circumstances: Circumstances,
  isNumberWrong: boolean,
): CastOrNot {
  if (isNumberWrong) return { situation: undefined, misfit: [] };
  try {
    return { situation: situationOf(definition, circumstances), misfit: [] };
  } catch (error) {
    return { situation: undefined, misfit: [castFault(error)] };
  }
}
