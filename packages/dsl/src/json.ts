/**
 * False where JSON cannot hold a value of the type. Deeper than five levels, in recursive types and
 * for `unknown`, {@link jsonFault} decides when the value is sent.
 */
export type IsJson<T, Depth extends 0[] = []> = unknown extends T
  ? true
  : Depth["length"] extends 5
    ? true
    : T extends string | number | boolean | null
      ? true
      : T extends undefined
        ? // A property may be absent; a whole value may not.
          Depth extends []
          ? false
          : true
        : T extends readonly (infer E)[]
          ? IsJson<E, [...Depth, 0]>
          : T extends symbol | bigint | ((...args: never[]) => unknown)
            ? false
            : T extends object
              ? keyof T extends string | number
                ? false extends { [K in keyof T]-?: IsJson<T[K], [...Depth, 0]> }[keyof T]
                  ? false
                  : true
                : false
              : false;

/**
 * What keeps a value from being sent as JSON and read back equal, with its path (`".server is a
 * Server"`), or undefined if nothing does. Properties that are undefined are let go.
 */
export function jsonFault(value: unknown): string | undefined {
  const fault = faultOf(value, new Set());
  return fault === undefined ? undefined : `${fault.path || "it"} is ${fault.found}`;
}

interface Fault {
  readonly path: string;
  readonly found: string;
}

function faultOf(value: unknown, inside: Set<object>): Fault | undefined {
  if (typeof value !== "object" || value === null) return leafFault(value);
  if (inside.has(value)) return { path: "", found: "an object that contains itself" };
  if (!isPlain(value)) return { path: "", found: `a ${className(value)}` };
  inside.add(value);
  const fault = Array.isArray(value) ? itemFault(value, inside) : propertyFault(value, inside);
  inside.delete(value);
  return fault;
}

function leafFault(value: unknown): Fault | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { path: "", found: String(value) };
  }
  if (["undefined", "function", "symbol", "bigint"].includes(typeof value)) {
    return { path: "", found: value === undefined ? "undefined" : `a ${typeof value}` };
  }
  return undefined;
}

function itemFault(items: readonly unknown[], inside: Set<object>): Fault | undefined {
  for (const [index, item] of items.entries()) {
    const fault = faultOf(item, inside);
    if (fault !== undefined) return { ...fault, path: `[${index}]${fault.path}` };
  }
  return undefined;
}

function propertyFault(owner: object, inside: Set<object>): Fault | undefined {
  for (const [name, property] of Object.entries(owner)) {
    if (property === undefined) continue;
    const fault = faultOf(property, inside);
    if (fault !== undefined) return { ...fault, path: `${step(name)}${fault.path}` };
  }
  return undefined;
}

function step(name: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

/** A root prototype of any realm, an array, or none at all. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function className(value: object): string {
  return value.constructor?.name || "class instance";
}
