import { DefinitionError } from "./definition-error.ts";

declare const param: unique symbol;

interface Role<Kind extends "one" | "many", Param extends string> {
  readonly kind: Kind;
  /** How the instances of the role are chosen. */
  readonly spec: RoleSpec;
  readonly [param]?: Param;
}

/** A role of exactly one instance. */
export type One = Role<"one", never>;
/** A role of any number of instances; `Param` is the parameter that counts them. */
export type Many<Param extends string = never> = Role<"many", Param>;
/** The roles of a choreography, in the order in which ids are given. */
export type Roles<Param extends string = string> = Readonly<Record<string, One | Many<Param>>>;

type RoleSpec =
  | { readonly kind: "one"; readonly group?: string }
  | { readonly kind: "count"; readonly n: number | string; readonly min: number }
  | { readonly kind: "group"; readonly group: string; readonly min: number }
  | { readonly kind: "rest"; readonly min: number };

/** A role as data, its parameter resolved. */
export type RoleData =
  | { readonly kind: "one"; readonly group?: string }
  | {
      readonly kind: "count";
      readonly n: number;
      readonly param?: string;
      readonly min: number;
    }
  | { readonly kind: "group"; readonly group: string; readonly min: number }
  | { readonly kind: "rest"; readonly min: number };

/** Options of the roles of many. */
export interface ManyOptions {
  /** How many the role must have when the run starts; 1 unless given. */
  readonly min?: number;
}

/** Exactly one instance; with `group`, one of that Testground group. */
export function one(options: { readonly group?: string } = {}): One {
  const { group } = options;
  return role("one", group === undefined ? { kind: "one" } : { kind: "one", group });
}

/** Exactly so many; a name is that of a number parameter. */
export function count(n: number, options?: ManyOptions): Many;
export function count<const Param extends string>(n: Param, options?: ManyOptions): Many<Param>;
export function count(n: number | string, options: ManyOptions = {}): Many<string> {
  if (typeof n === "number") checkWhole(n, `count(${n})`);
  return role("many", { kind: "count", n, min: minimum(options) });
}

/** Every instance left of a Testground group. */
export function group(id: string, options: ManyOptions = {}): Many {
  return role("many", { kind: "group", group: id, min: minimum(options) });
}

/** Everybody left. At most one role of a choreography. */
export function rest(options: ManyOptions = {}): Many {
  return role("many", { kind: "rest", min: minimum(options) });
}

function role<const Kind extends "one" | "many", Param extends string>(
  kind: Kind,
  spec: RoleSpec,
): Role<Kind, Param> {
  return Object.freeze({ kind, spec: Object.freeze(spec) });
}

function minimum({ min = 1 }: ManyOptions): number {
  checkWhole(min, `min ${min} of a role`);
  return min;
}

function checkWhole(n: number, what: string): void {
  if (Number.isSafeInteger(n) && n >= 0) return;
  throw new DefinitionError("bad-role", `${what} must be a whole number, 0 or more`);
}
