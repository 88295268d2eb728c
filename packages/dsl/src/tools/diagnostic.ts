/** What `check` finds. */
export type DiagnosticCode =
  /** The definition cannot be run at all. */
  | "GP001"
  /** A value, or a signal, that nobody uses. */
  | "GP101"
  /** Gathered, but never read. */
  | "GP102"
  /** A role that nobody has. */
  | "GP103"
  /** Roles that do not fit the instances. */
  | "GP104"
  /** More instances, or fewer, than the case takes. */
  | "GP105"
  /** A value that is sent without a schema. */
  | "GP201"
  /** A value that may be larger than the store takes. */
  | "GP202"
  /** More than ten million messages. */
  | "GP203"
  /** Network shaping without a sidecar. */
  | "GP301"
  /** A run that may end before its stages do. */
  | "GP302"
  /** A body that may hang for an hour and more. */
  | "GP303"
  /** Coordination outside the choreography. */
  | "GP401"
  /** A definition that depends on more than its parameters. */
  | "GP402"
  /** A handle where a value is meant. */
  | "GP403"
  /** A name that is there twice. */
  | "GP501"
  /** A wire name that is Testground's own. */
  | "GP502";

/** Something about a plan that is wrong, or probably not meant. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  /** An error ends a run, or makes it wrong; a warning need not. */
  readonly level: "error" | "warning";
  readonly case: string;
  /** The stage's id. */
  readonly stage?: string;
  /** `"plans/network.ts:14:5"`, as far as it is known. */
  readonly source?: string;
  /** What is wrong, and what to do. */
  readonly text: string;
}

/** A diagnostic of a case that is known from where it is found. */
export type Finding = Omit<Diagnostic, "case">;

/** In the order of the sources; what has no position comes first. */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics
    .map((diagnostic) => ({ diagnostic, place: placeOf(diagnostic.source) }))
    .sort((a, b) => compare(a.place, b.place))
    .map(({ diagnostic }) => diagnostic);
}

interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function placeOf(source = ""): SourcePlace {
  const [, file = source, line = "0", column = "0"] = /^(.*?):(\d+)(?::(\d+))?$/.exec(source) ?? [];
  return { file, line: Number(line), column: Number(column) };
}

function compare(a: SourcePlace, b: SourcePlace): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
