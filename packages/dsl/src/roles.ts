import { DefinitionError } from "./definition-error.ts";
import { checkQuantity, type Quantity } from "./quantity.ts";

declare const param: unique symbol;
declare const asked: unique symbol;

interface Role<
  Kind extends "one" | "many" | "outside",
  Param extends string,
  Asked extends string,
> {
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
/** A role of instances that do not run the choreography; `Param` is the parameter that counts them. */
export type Outside<Param extends string = never> = Role<"outside", Param, never>;
/** The roles of a choreography, in the order in which ids are given. */
export type Roles<Param extends string = string, Asked extends string = string> = Readonly<
  Record<string, One | Many<Param, Asked> | Outside<Param>>
>;

/** What a parameter can be for `where` to ask for it. */
export type ParamValue = string | number | boolean;

interface Least {
  readonly min: number;
  /** How many must survive; absent where all must. */
  readonly atLeast?: Quantity;
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

interface Beyond {
  readonly kind: "outside";
}

type RoleSpec = Fixed | ((Chosen | Beyond) & { readonly n: number | string });

/** A role as data, its parameter resolved. */
export type RoleData =
  | Fixed
  | ((Chosen | Beyond) & { readonly n: number; readonly param?: string });

/** Options of the roles of many. */
export interface ManyOptions {
  /** How many the role must have when the run starts; 1 unless given. */
  readonly min?: number;
  /**
   * How many must survive, or which share of those the role has at the start, rounded up; all unless given, so that the
   * first loss aborts the run.
   */
  readonly atLeast?: Quantity;
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
  return role("many", { kind: "count", n, ...least(options) });
}

/** A share of all instances, in percent. Shares of several roles are rounded together, so that their sum is exact. */
export function percent(share: number, options: ManyOptions = {}): Many {
  if (!(share > 0 && share <= 100)) {
    throw new DefinitionError("bad-role", `percent(${share}) must be more than 0, at most 100`);
  }
  return role("many", { kind: "percent", share, ...least(options) });
}

/** So many, drawn with the run's seed from those left, the same in every run with one seed. */
export function sample(n: number, options?: ManyOptions): Many;
export function sample<const Param extends string>(n: Param, options?: ManyOptions): Many<Param>;
export function sample(n: number | string, options: ManyOptions = {}): Many<string> {
  if (typeof n === "number") checkWhole(n, `sample(${n})`);
  return role("many", { kind: "sample", n, ...least(options) });
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
    ...least(options),
  });
}

/** Every instance left of a Testground group. */
export function group(id: string, options: ManyOptions = {}): Many {
  return role("many", { kind: "group", group: id, ...least(options) });
}

/** Everybody left. At most one role of a choreography. */
export function rest(options: ManyOptions = {}): Many {
  return role("many", { kind: "rest", ...least(options) });
}

/**
 * So many instances that take part in the run but do not run this choreography, such as a group built with the Go SDK;
 * a name is that of a number parameter. They have no ids; stages meet them by the wire names `state` and `topic`.
 */
export function outside(n: number): Outside;
export function outside<const Param extends string>(n: Param): Outside<Param>;
export function outside(n: number | string): Outside<string> {
  if (typeof n === "number") checkWhole(n, `outside(${n})`);
  return role("outside", { kind: "outside", n });
}

function role<
  const Kind extends "one" | "many" | "outside",
  Param extends string,
  Asked extends string = never,
>(kind: Kind, spec: RoleSpec): Role<Kind, Param, Asked> {
  return Object.freeze({ kind, spec: Object.freeze(spec) });
}

function least({ min = 1, atLeast }: ManyOptions): Least {
  checkWhole(min, `min ${min} of a role`);
  if (atLeast === undefined) return { min };
  return { min, atLeast: checkQuantity(atLeast, "atLeast of a role", 0) };
}

function checkWhole(n: number, what: string): void {
  if (Number.isSafeInteger(n) && n >= 0) return;
  throw new DefinitionError("bad-role", `${what} must be a whole number, 0 or more`);
}
