import type { Value } from "./values.ts";

/** The variables of a block, and those around it. */
class Variables {
  readonly #own = new Map<string, Value>();
  readonly #around: Variables | undefined;

  constructor(around?: Variables) {
    this.#around = around;
  }

  declare(name: string, value: Value): void {
    this.#own.set(name, value);
  }

  /** Where it is declared; undefined if it is nowhere. */
  find(name: string): Map<string, Value> | undefined {
    return this.#own.has(name) ? this.#own : this.#around?.find(name);
  }
}

/** What an expression is evaluated in. */
export interface Frame {
  readonly dot: Value;
  readonly variables: Variables;
}

/** A template's own: `$` is what it was given. */
export function frameOf(data: Value): Frame {
  const variables = new Variables();
  variables.declare("$", data);
  return { dot: data, variables };
}

/** A block in it: what is declared there ends with it. */
export function inside({ dot, variables }: Frame): Frame {
  return { dot, variables: new Variables(variables) };
}
