import type { Cluster, Redis } from "ioredis";
import { SCRIPTS, type Script } from "./scripts.ts";

/** Makes each script a method of the client, which sends its text once a connection and then only its hash. */
export function defineScripts(client: Redis | Cluster): void {
  for (const { name, keys, lua } of SCRIPTS) {
    client.defineCommand(name, { lua, ...(typeof keys === "number" && { numberOfKeys: keys }) });
  }
}

/** Calls what {@link defineScripts} defined. */
export function callScript(
  client: Redis | Cluster,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  const methods = client as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>;
  const method = methods[script.name];
  if (method === undefined) throw new Error(`the script ${script.name} is not among SCRIPTS`);
  const count = typeof script.keys === "number" ? [] : [keys.length];
  return method.call(client, ...count, ...keys, ...args);
}
