import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { invoke } from "@groundplan/runtime";
import { toCases } from "./perform/cases.ts";
import type { Plan } from "./plan.ts";

/** The part of the local runner that a plan hands over to. */
interface LocalRunner {
  main(
    argv: readonly string[],
    program: { readonly plan: Plan; readonly file: string },
  ): Promise<void>;
}

/**
 * Makes the plan's file a program: where the `TEST_*` variables are set, the process is one instance of a run and exits
 * with its outcome; otherwise it does what `groundplan run <file>` does with the same arguments.
 * Where the file is imported, and is not the program, nothing happens.
 */
export async function main(meta: { readonly url: string }, plan: Plan): Promise<void> {
  const [, program = ""] = process.argv;
  if (program === "" || meta.url !== pathToFileURL(program).href) return;
  if (process.env["TEST_CASE"] !== undefined) await invoke(toCases(plan));
  const runner = await localRunner(meta.url);
  await runner.main(["run", program, ...process.argv.slice(2)], {
    plan,
    file: fileURLToPath(meta.url),
  });
}

/** Found from where the plan lies, not imported here: the runner builds on this package, not the other way round. */
async function localRunner(planUrl: string): Promise<LocalRunner> {
  let found: string;
  try {
    found = createRequire(planUrl).resolve("groundplan");
  } catch (cause) {
    throw new Error(
      "no TEST_CASE is set, so this process is no instance, and the local runner is not installed: npm install --save-dev groundplan",
      { cause },
    );
  }
  return await import(pathToFileURL(found).href);
}
