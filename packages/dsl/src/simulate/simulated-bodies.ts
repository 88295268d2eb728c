import type { RunEnv } from "@groundplan/runtime";
import type { Definition } from "../definition.ts";
import type { Me } from "../me.ts";
import { allStages, hasBody } from "./plight.ts";
import { SimulationError } from "./simulation-error.ts";

/** What stands in for a body; it gets what the body would. */
export type Stub = (input: { readonly me: Me; readonly [need: string]: unknown }) => unknown;

/** Runs a body as the simulation has it. */
type Run = (me: Me, body: () => unknown) => unknown;

type Body = (input: never) => unknown;

/**
 * The definition with every body run by the instance it is run at.
 *
 * @throws SimulationError `"bad-option"` for a stub of what has no body.
 */
export function withBodies(
  definition: Definition,
  stubs: Readonly<Record<string, Stub>>,
  runAt: (env: RunEnv) => Run,
): Definition {
  const ids = new Set(
    allStages(definition.stages)
      .filter(hasBody)
      .map(({ id }) => id),
  );
  const unknown = Object.keys(stubs).find((id) => !ids.has(id));
  if (unknown !== undefined) {
    const known = [...ids].join(", ") || "none";
    const text = `the stub for '${unknown}' has no stage with a body to stand in for; there are ${known}`;
    throw new SimulationError("bad-option", text, unknown);
  }
  const entries = [...definition.bodies].map(([id, body]): [string, Body] => {
    if (!ids.has(id)) return [id, body];
    // What a body is given, its stub is given.
    const used = (stubs[id] as Body | undefined) ?? body;
    return [
      id,
      (input: { readonly me: Me }) => runAt(input.me.env)(input.me, () => used(input as never)),
    ];
  });
  return { ...definition, bodies: new Map(entries) };
}
