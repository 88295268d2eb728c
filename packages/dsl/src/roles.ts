import { DefinitionError } from "./definition-error.ts";

declare const param: unique symbol;
declare const asked: unique symbol;

interface Role<Kind extends "one" | "many", Param extends string, Asked extends string> {
  readonly kind: Kind;
  /** How the instances of the role are chosen. */
  readonly spec: RoleSpec;
  readonly [param]?: Param;
  readonly [asked]?: Asked;
}

/** A role of exactly one instance. */
export type One = Role<"one", never, never>;
/** A role of any number of instances; `Param` is the parameter that counts them, `Asked` those that choose them. */
export type Many<Param extends string = never, Asked extends string = never> = Role<
  "many",
  Param,
  Asked
>;
/** The roles of a choreography, in the order in which ids are given. */
export type Roles<Param extends string = string, Asked extends string = string> = Readonly<
  Record<string, One | Many<Param, Asked>>
>;

/** What a parameter can be for `where` to ask for it. */
export type ParamValue = string | number | boolean;

interface Least {
  readonly min: number;
}
interface Chosen extends Least {
  readonly kind: "count" | "sample";
}

type Fixed =
  | { readonly kind: "one"; readonly group?: string }
  | (Least & { readonly kind: "percent"; readonly share: number })
  | (Least & { readonly kind: "group"; readonly group: string })
  | (Least & { readonly kind: "where"; readonly params: Readonly<Record<string, ParamValue>> })
  | (Least & { readonly kind: "rest" });

type RoleSpec = Fixed | (Chosen & { readonly n: number | string });

/** A role as data, its parameter resolved. */
export type RoleData = Fixed | (Chosen & { readonly n: number; readonly param?: string });

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

/** A share of all instances, in percent. Shares of several roles are rounded together, so that their sum is exact. */
export function percent(share: number, options: ManyOptions = {}): Many {
  if (!(share > 0 && share <= 100)) {
    throw new DefinitionError("bad-role", `percent(${share}) must be more than 0, at most 100`);
  }
  return role("many", { kind: "percent", share, min: minimum(options) });
}

/** So many, drawn with the run's seed from those left, the same in every run with one seed. */
export function sample(n: number, options?: ManyOptions): Many;
export function sample<const Param extends string>(n: Param, options?: ManyOptions): Many<Param>;
export function sample(n: number | string, options: ManyOptions = {}): Many<string> {
  if (typeof n === "number") checkWhole(n, `sample(${n})`);
  return role("many", { kind: "sample", n, min: minimum(options) });
}

/** Every instance left whose own parameters have these values. */
export function where<const Asked extends string>(
  params: Readonly<Record<Asked, ParamValue>>,
  options: ManyOptions = {},
): Many<never, Asked> {
  if (Object.keys(params).length === 0) {
    throw new DefinitionError("bad-role", "where({}) asks for nothing: name a parameter");
  }
  return role("many", {
    kind: "where",
    params: Object.freeze({ ...params }),
    min: minimum(options),
  });
}

/** Every instance left of a Testground group. */
export function group(id: string, options: ManyOptions = {}): Many {
  return role("many", { kind: "group", group: id, min: minimum(options) });
}

/** Everybody left. At most one role of a choreography. */
export function rest(options: ManyOptions = {}): Many {
  return role("many", { kind: "rest", min: minimum(options) });
}

function role<
  const Kind extends "one" | "many",
  Param extends string,
  Asked extends string = never,
>(kind: Kind, spec: RoleSpec): Role<Kind, Param, Asked> {
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
