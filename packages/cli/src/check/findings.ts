import type { Plan } from "@groundplan/dsl";
import { check, type Diagnostic } from "@groundplan/dsl/tools";
import { caseNames } from "../list/chosen-case.ts";
import { situations } from "./situation.ts";
import type { CaseArguments, SituationArguments } from "./situation-options.ts";
import { withPlan } from "./with-plan.ts";

/** What `groundplan check` finds, by test case. */
export interface Findings {
  readonly plan: string;
  readonly cases: Readonly<Record<string, readonly Diagnostic[]>>;
}

interface Arguments extends CaseArguments, SituationArguments {
  readonly sidecar: boolean | undefined;
}

export function findingsOf(args: Arguments): Promise<Findings> {
  return withPlan(args.plan, (plan, file) => {
    const names = args.case === undefined ? Object.keys(plan.cases) : caseNames(plan, args.case);
    return { plan: plan.name, cases: checked(plan, names, file, args) };
  });
}

function checked(
  plan: Plan,
  names: readonly string[],
  file: string,
  args: Arguments,
): Findings["cases"] {
  const situation = situations(plan, args);
  const { sidecar } = args;
  const entries = names.flatMap((name) => {
    const testCase = plan.cases[name];
    if (testCase === undefined) return [];
    const options = { ...situation(testCase), case: name, files: [file] };
    return [
      [name, check(plan, sidecar === undefined ? options : { ...options, sidecar })] as const,
    ];
  });
  return Object.fromEntries(entries);
}

/** The findings for a terminal: test case by test case, in the order of the source. */
export function findingsText({ cases }: Findings): string {
  const found = Object.entries(cases).filter(([, diagnostics]) => diagnostics.length > 0);
  const blocks = found.map(([name, diagnostics]) =>
    [name, ...diagnostics.flatMap(lines)].join("\n"),
  );
  return [...blocks, summary(cases)].join("\n\n");
}

export function hasErrors({ cases }: Findings): boolean {
  return Object.values(cases).some((each) => each.some(({ level }) => level === "error"));
}

function lines({ source, code, level, text }: Diagnostic): readonly string[] {
  return [`  ${source === undefined ? "" : `${source} `}${level} ${code}`, `    ${text}`];
}

function summary(cases: Findings["cases"]): string {
  const all = Object.values(cases).flat();
  const errors = all.filter(({ level }) => level === "error").length;
  const counts = `${counted(errors, "error")}, ${counted(all.length - errors, "warning")}`;
  return `${counts} in ${counted(Object.keys(cases).length, "test case")}`;
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
