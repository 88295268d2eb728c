import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Where the function was called from: `"plans/network.ts:14"`, relative to the working directory if
 * inside it. Undefined if the engine does not say.
 */
export function callerOf(callee: (...args: never[]) => unknown): string | undefined {
  const limit = Error.stackTraceLimit;
  const trace: { stack?: string } = {};
  Error.stackTraceLimit = 1;
  try {
    Error.captureStackTrace(trace, callee);
    // The text is made on reading it, with source maps applied if the process has them on.
    return position(trace.stack);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** `" (plans/network.ts:14)"`, or nothing. */
export function inParentheses(source: string | undefined): string {
  return source === undefined ? "" : ` (${source})`;
}

function position(stack: string | undefined): string | undefined {
  const frame = stack?.split("\n").at(1)?.trim();
  const [, file, line] = /^at (?:[^(]* \(|async )?(.+?):(\d+):\d+\)?$/.exec(frame ?? "") ?? [];
  return file === undefined ? undefined : `${shortPath(file)}:${line}`;
}

function shortPath(file: string): string {
  const path = file.startsWith("file:") ? fileURLToPath(file) : file;
  const short = relative(process.cwd(), path);
  const inside = short !== "" && !short.startsWith("..") && !isAbsolute(short);
  return (inside ? short : path).split(sep).join("/");
}
