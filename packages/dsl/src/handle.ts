import { DefinitionError } from "./definition-error.ts";
import type { Frame } from "./frame.ts";

/** Where a handle comes from. */
export interface Origin {
  readonly kind: "value" | "signal";
  readonly stage: string;
  readonly source: string | undefined;
  /** The roles that have the value. */
  readonly at: readonly string[];
  /** Whether it is the same at all of them. */
  readonly isAgreed: boolean;
  readonly frame: Frame;
}

/** What a stage returns at run time: opaque to authors, who only pass it on. */
export class Handle {
  readonly #origin: Origin;

  constructor(origin: Origin) {
    this.#origin = origin;
    Object.freeze(this);
  }

  static originOf(value: unknown): Origin | undefined {
    return typeof value === "object" && value !== null && #origin in value
      ? value.#origin
      : undefined;
  }

  /** In sums, comparisons and texts, where the type checker lets an object pass. */
  [Symbol.toPrimitive](): never {
    throw new DefinitionError(
      "not-a-handle",
      `what stage '${this.#origin.stage}' returns is used as a value in the definition; ` +
        "name it among the needs of a body to read its value there",
    );
  }
}
