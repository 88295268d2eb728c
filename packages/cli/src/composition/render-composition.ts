import { dirname } from "node:path";
import { usage } from "../command-error.ts";
import { builtins } from "./template/functions.ts";
import { parseTemplate } from "./template/parse-template.ts";
import { render } from "./template/render.ts";
import { positionOf, TemplateFault } from "./template/template-fault.ts";
import { testgroundFunctions } from "./template/testground-functions.ts";

/**
 * A composition's file as TOML: what is between `{{` and `}}` is evaluated as a Go template, with the process's
 * environment as `.Env`. A variable that is not set becomes `<no value>`, as in Testground.
 * Throws a `CommandError` with line and column for what is wrong with the template, or beyond what is supported.
 */
export function renderComposition(
  source: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const functions = { ...builtins, ...testgroundFunctions({ directory: dirname(file), env }) };
  try {
    const template = parseTemplate(source, Object.keys(functions));
    return render(template, { data: { Env: { ...env } }, functions });
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    throw usage(`${file}:${positionOf(source, error.at)}: ${error.message}`, error);
  }
}
