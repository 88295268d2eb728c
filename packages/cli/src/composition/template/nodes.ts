import type { Value } from "./values.ts";

/** A value that an expression names. */
export type Operand =
  | { readonly type: "literal"; readonly at: number; readonly value: Value }
  /** `.Env.X`: of what the dot is. */
  | { readonly type: "dot"; readonly at: number; readonly fields: readonly string[] }
  /** `$x.y`; `$` alone is what the template was given. */
  | {
      readonly type: "variable";
      readonly at: number;
      readonly name: string;
      readonly fields: readonly string[];
    }
  | { readonly type: "function"; readonly at: number; readonly name: string }
  | {
      readonly type: "group";
      readonly at: number;
      readonly pipeline: Pipeline;
      readonly fields: readonly string[];
    };

/** A function and its arguments, or a value alone. */
export interface Command {
  readonly at: number;
  readonly first: Operand;
  readonly rest: readonly Operand[];
}

/** Commands, each of which gets the value of the one before as its last argument. */
export interface Pipeline {
  readonly at: number;
  /** The variables it sets: one, or in a range an index and an element. */
  readonly names: readonly string[];
  /** Whether they are new, `:=`, or there already, `=`. */
  readonly declares: boolean;
  readonly commands: readonly Command[];
}

/** A part of a template. */
export type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "action"; readonly pipeline: Pipeline }
  | {
      readonly type: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | {
      readonly type: "template";
      readonly at: number;
      readonly name: string;
      readonly pipeline: Pipeline | undefined;
    }
  | { readonly type: "break" | "continue" };

/** A template, and those that it defines, by name. */
export interface Template {
  readonly nodes: readonly Node[];
  readonly definitions: ReadonlyMap<string, readonly Node[]>;
}
