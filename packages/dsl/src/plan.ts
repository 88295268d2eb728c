import type { Choreography } from "./choreography.ts";
import { DefinitionError } from "./definition-error.ts";
import { checkPlanName, cleanName } from "./names.ts";
import type { TestCase } from "./testcase.ts";

/** Test cases that belong together, selected by name. */
export interface Plan {
  readonly type: "plan";
  readonly name: string;
  /** In declaration order. */
  readonly cases: Readonly<Record<string, Choreography | TestCase>>;
}

/**
 * A plan of one test case or more. Testground passes names on with `-` for `/`, and a case is
 * selected by either spelling.
 *
 * @throws DefinitionError `"bad-name"` for a name that is empty or has `|`, `=` or control
 * characters, `"duplicate-name"` for two cases with one name to Testground, and `"bad-case"`.
 */
export function plan(
  name: string,
  cases: Readonly<Record<string, Choreography<never> | TestCase>>,
): Plan {
  checkPlanName(name, "plan");
  if (Object.keys(cases).length === 0) {
    throw new DefinitionError("bad-case", `plan '${name}' has no test cases; give it one`);
  }
  const cleaned = new Map<string, string>();
  for (const [each, value] of Object.entries(cases)) {
    checkCase(each, value);
    const other = cleaned.get(cleanName(each));
    if (other !== undefined) {
      throw new DefinitionError(
        "duplicate-name",
        `test cases '${other}' and '${each}' are both '${cleanName(each)}' to Testground; rename one`,
      );
    }
    cleaned.set(cleanName(each), each);
  }
  return Object.freeze({ type: "plan", name, cases: Object.freeze({ ...cases }) });
}

function checkCase(name: string, value: unknown): void {
  checkPlanName(name, "test case");
  const { type } = Object(value) as { readonly type?: unknown };
  if (type === "choreography" || type === "testcase") return;
  throw new DefinitionError(
    "bad-case",
    `test case '${name}' is ${value === null ? "null" : `a ${typeof value}`}: ` +
      "make it with choreography() or testcase()",
  );
}
