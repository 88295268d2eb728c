import { DefinitionError } from "./definition-error.ts";

/** Refuses a promise where a definition function should have returned a handle or nothing. */
export function refuseAsync(result: unknown, title: string): void {
  if (!isThenable(result)) return;
  // It is refused already; what becomes of it later is of no interest.
  result.then(undefined, () => undefined);
  throw new DefinitionError(
    "async-definition",
    `${title}: a definition cannot be async: put awaits inside stage bodies`,
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
