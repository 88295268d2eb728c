import type { DefinitionErrorCode } from "../../definition-error.ts";
import type { DiagnosticCode, Finding } from "../diagnostic.ts";

type Fault = Error & { readonly code: DefinitionErrorCode };

/** What declaring the stages threw, as a finding: GP501, GP502 or GP001. */
export function definitionFault(error: unknown, files: readonly string[]): Finding {
  const message = error instanceof Error ? error.message : String(error);
  const source = sourceIn(message) ?? frameIn(error, files);
  const stage = /^stage '([^']+)'/.exec(message)?.[1];
  const text = isDefinitionError(error)
    ? message
    : `declaring the stages failed: ${message}; a definition declares stages, and does no work`;
  return {
    code: isDefinitionError(error) ? codeOf(error) : "GP001",
    level: "error",
    ...(stage === undefined ? {} : { stage }),
    ...(source === undefined ? {} : { source }),
    text,
  };
}

/** GP104: the roles and the instances there are. */
export function castFault(error: unknown): Finding {
  if (!isDefinitionError(error)) throw error;
  return { code: "GP104", level: "error", text: error.message };
}

/** By name: a plan may come with a copy of this package of its own. */
function isDefinitionError(error: unknown): error is Fault {
  return error instanceof Error && error.name === "DefinitionError" && "code" in error;
}

function codeOf({ code, message }: Fault): DiagnosticCode {
  if (code === "duplicate-name") return "GP501";
  if (code === "not-a-handle" && message.includes("is used as a value")) return "GP403";
  const isGenerated = code === "bad-name" && message.includes("is one that Testground uses itself");
  return isGenerated ? "GP502" : "GP001";
}

/** Complaints begin with the stage and where it is declared; of two, the last is the one that is too much. */
function sourceIn(message: string): string | undefined {
  const again = /and again at (\S+:\d+)/.exec(message)?.[1];
  return again ?? /\(([^()\s]+:\d+)\)/.exec(message)?.[1] ?? / at (\S+:\d+)\b/.exec(message)?.[1];
}

/** The innermost frame that is in one of the plan's own files. */
function frameIn(error: unknown, files: readonly string[]): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const line of stack.split("\n")) {
    const [, path = "", position] = /([^\s(]+):(\d+:\d+)\)?$/.exec(line) ?? [];
    const file = files.find((each) => path.endsWith(each));
    if (file !== undefined && position !== undefined) return `${file}:${position}`;
  }
  return undefined;
}
