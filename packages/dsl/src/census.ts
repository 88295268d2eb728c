import type { Many, One, Outside } from "./roles.ts";

// The template literals make the compiler print `"seed" | "peer"`, not the name of the type that
// computed it.
type Names<RM, Spec> = `${{ [R in keyof RM]: RM[R] extends Spec ? R : never }[keyof RM] & string}`;

/** The names of the roles whose instances perform the choreography. */
export type Inside<RM> = Names<RM, One | Many<string, string>>;
/** The names of the roles of outside instances. */
export type OutsideOf<RM> = Names<RM, Outside<string>>;
/** Those of `C` that are one instance. */
export type OneOf<RM, C extends string> = `${Names<RM, One> & C}`;
/** Those of `C` that can be several. */
export type ManyOf<RM, C extends string> = `${Exclude<C, Names<RM, One>>}`;

/** A role, or several. */
export type Where<X extends string> = X | readonly X[];
