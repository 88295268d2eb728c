import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { messageOf, usage } from "../command-error.ts";
import { type Composition, parseComposition } from "./composition.ts";
import { ignoredIn } from "./ignored.ts";
import { renderComposition } from "./render-composition.ts";

/** A composition, and what in its file means nothing here. */
export interface ReadComposition {
  readonly composition: Composition;
  /** A sentence each. */
  readonly notes: readonly string[];
}

/** Reads a composition's file, with `.Env` from the environment. Throws a `CommandError` with all that is wrong. */
export function readComposition(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): ReadComposition {
  const source = readSource(file);
  const text = renderComposition(source, file, env);
  const toml = parseToml(text, file, text !== source);
  const parsed = parseComposition(toml);
  if (parsed.type === "wrong") {
    throw usage(`${file} is no composition:\n  ${parsed.faults.join("\n  ")}`);
  }
  const missing = text.includes("<no value>") && !source.includes("<no value>");
  const notes = ignoredIn(toml);
  return {
    composition: parsed.composition,
    notes: missing
      ? [...notes, "a value of the template is not there; <no value> stands in its place"]
      : notes,
  };
}

function readSource(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw usage(`the composition '${file}' cannot be read: ${messageOf(cause)}`, cause);
  }
}

function parseToml(text: string, file: string, isRendered: boolean): Record<string, unknown> {
  try {
    return parse(text);
  } catch (cause) {
    const what = isRendered
      ? "its template gives no TOML (lines are those of the result)"
      : "it is no TOML";
    throw usage(`${file}: ${what}: ${messageOf(cause).trimEnd()}`, cause);
  }
}
