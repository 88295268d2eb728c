import type { Ref } from "./located.ts";
import type { Me } from "./me.ts";

/** What a body reads: a handle for each name, known by every role that runs it. */
export type Needs<X extends string> = Readonly<Record<string, Ref<unknown, X>>> & {
  readonly me?: never;
  readonly peer?: never;
};

/** The values of those handles, by the same names. */
export type Values<N> = {
  readonly [K in keyof N as K extends "me" | "peer" ? never : K]: N[K] extends Ref<infer T, never>
    ? T
    : never;
};

/** The work of a stage at one instance; `More` is what else it is given. */
export type Body<X extends string, N, T, More = unknown> = (
  input: Values<N> & { readonly me: Me<X> } & More,
) => T | Promise<T>;
