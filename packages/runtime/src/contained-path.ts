import { isAbsolute, relative, resolve, sep } from "node:path";
import { RuntimeError } from "./runtime-error.ts";

/** The path of `name` inside a directory; a `RuntimeError` `bad-path` if it is not inside. */
export function containedPath(variable: string, directory: string, name: string): string {
  if (directory === "") {
    throw new RuntimeError(
      "bad-path",
      `no place for "${name}": the runner gave this instance no ${variable}`,
    );
  }
  const path = resolve(directory, name);
  const inside = relative(resolve(directory), path);
  const leaves = inside === "" || inside === ".." || inside.startsWith(`..${sep}`);
  if (leaves || isAbsolute(inside) || name.includes("\0")) {
    throw new RuntimeError(
      "bad-path",
      `${JSON.stringify(name)} is not the name of a file in ${directory}; use a relative path without '..'`,
    );
  }
  return path;
}
