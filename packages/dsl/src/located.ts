import type { IsJson } from "./json.ts";
import type { Member } from "./member.ts";

declare const at: unique symbol;
declare const of: unique symbol;

/**
 * A value that every instance of the roles `At` has, each its own. Contravariant in `At`: known by
 * more fits where fewer are needed. It is a handle, not the value: name it among the needs of a body
 * to read it there.
 */
export interface Ref<out T, in At extends string> {
  readonly [at]: (role: At) => void;
  readonly [of]: T;
}

/** A value that is the same at every instance of the roles `At`. It is frozen: nobody changes it for others. */
export type Agreed<T, At extends string> = Ref<T, At> & Same;

interface Same {
  readonly "the same at every instance": true;
}

/** What a `waitFor` waits for. */
export interface Signal {
  readonly [of]: "signal";
}

/** One value of each of some instances, in order of id. */
export interface Collected<T> extends Iterable<T> {
  readonly size: number;
  /** @throws RangeError if the member gave no value; see {@link Collected.has}. */
  of(member: Member | number): T;
  has(member: Member | number): boolean;
  entries(): IterableIterator<[Member, T]>;
}

/**
 * One value of each instance, in order of id; by role too: `addrs.seed` of a `one()`,
 * `addrs.peer[3]` of the others.
 */
export type Roster<T, Single extends string, Several extends string> = Collected<T> & {
  readonly [R in Single]: T;
} & { readonly [R in Several]: readonly T[] };

interface CannotBeSent {
  readonly "this value is not JSON and cannot leave its instance": never;
}

/** A {@link Ref} whose value is JSON and can be sent. */
export type Sendable<T, X extends string> = Ref<T, X> &
  (false extends IsJson<T> ? CannotBeSent : unknown);
