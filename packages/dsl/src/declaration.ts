import type { z } from "zod";
import { refuseAsync } from "./async-definition.ts";
import { DefinitionError } from "./definition-error.ts";
import { type Duration, timeoutMs } from "./duration.ts";
import type { Frame } from "./frame.ts";
import { Handle, type Origin } from "./handle.ts";
import { checkStageName } from "./names.ts";
import { callerOf, inParentheses } from "./source.ts";
import type { Stage } from "./stage.ts";

type AnyFunction = (...args: never[]) => unknown;

/** What every stage has, as data. */
export interface Basics {
  readonly id: string;
  readonly at: readonly string[];
  readonly source?: string;
  readonly timeoutMs?: number;
}

/** One stage while it is being declared: checks what it is given and names it in every complaint. */
export class Declaration {
  readonly id: string;
  readonly #frame: Frame;
  readonly #source: string | undefined;

  /** @param callee the scope's method, whose caller is the author's line. */
  constructor(frame: Frame, name: string, callee: AnyFunction) {
    const source = frame.recording.sources ? callerOf(callee) : undefined;
    checkStageName(name, source === undefined ? "" : ` at ${source}`);
    this.id = frame.prefix + name;
    this.#frame = frame;
    this.#source = source;
    frame.checkInnermost(this.#title);
    frame.claim(this.id, source);
  }

  get #title(): string {
    return `stage '${this.id}'${inParentheses(this.#source)}`;
  }

  /** The roles named, each once, in declaration order; all unless some are named. */
  roles(where?: string | readonly string[]): readonly string[] {
    const { roles } = this.#frame.recording;
    if (where === undefined) return roles;
    const named = new Set(typeof where === "string" ? [where] : where);
    for (const name of named) {
      if (roles.includes(name)) continue;
      this.#refuse("unknown-role", `there is no role '${name}'; the roles are ${list(roles)}`);
    }
    if (named.size === 0) this.#refuse("unknown-role", "it names no role; name one, or more");
    return roles.filter((name) => named.has(name));
  }

  basics(at: readonly string[], options: { readonly timeout?: Duration } = {}): Basics {
    const { timeout } = options;
    return {
      id: this.id,
      at,
      ...(this.#source === undefined ? {} : { source: this.#source }),
      ...(timeout === undefined
        ? {}
        : { timeoutMs: timeoutMs(timeout, `${this.#title}: timeout`) }),
    };
  }

  /** The stage that gives the value, known at all of these roles. */
  value(handle: unknown, at: readonly string[], what: string): string {
    const origin = this.#origin(handle, "value", what);
    const missing = at.filter((role) => !origin.at.includes(role));
    if (missing.length > 0) {
      this.#refuse(
        "out-of-reach",
        `${what} comes from '${origin.stage}', which gives it to ${list(origin.at)}, ` +
          `not to ${list(missing)}`,
      );
    }
    return origin.stage;
  }

  /** The stage that gives the signal. */
  signal(handle: unknown): string {
    return this.#origin(handle, "signal", "what it waits for").stage;
  }

  times(times: unknown): number {
    if (typeof times === "number" && Number.isSafeInteger(times) && times >= 0) return times;
    const found = typeof times === "number" ? String(times) : kindOf(times);
    return this.#refuse(
      "bad-rounds",
      `the number of rounds is ${found}: write a whole number, 0 or more`,
    );
  }

  refuseAsync(result: unknown): void {
    refuseAsync(result, this.#title);
  }

  add(stage: Stage, also: { body?: AnyFunction; schema?: z.ZodType | undefined } = {}): void {
    const { bodies, schemas } = this.#frame.recording;
    this.#frame.stages.push(Object.freeze(stage));
    if (also.body !== undefined) bodies.set(this.id, also.body as (input: never) => unknown);
    if (also.schema !== undefined) schemas.set(this.id, also.schema);
  }

  gives(kind: Origin["kind"], at: readonly string[]): Handle {
    const { id: stage } = this;
    return new Handle({ kind, stage, source: this.#source, at, frame: this.#frame });
  }

  #origin(handle: unknown, kind: Origin["kind"], what: string): Origin {
    const origin = Handle.originOf(handle);
    if (origin?.kind !== kind) {
      const wanted =
        kind === "value" ? "what a stage with a value returned" : "what signal() returned";
      this.#refuse("not-a-handle", `${what} is ${kindOf(handle)}; it must be ${wanted}`);
    }
    this.#checkReach(origin, what);
    return origin;
  }

  #checkReach(origin: Origin, what: string): void {
    const from = `${what} comes from '${origin.stage}'${inParentheses(origin.source)}`;
    if (origin.frame.recording !== this.#frame.recording) {
      this.#refuse(
        "foreign-handle",
        `${from} of another choreography, or of another run of this definition; ` +
          "use what the scope at hand returned",
      );
    }
    if (origin.frame.isOpen) return;
    this.#refuse(
      "ended-scope",
      `${from}, inside ${origin.frame.title}, which have ended; ` +
        "return it from their function and use the list that rounds() returns",
    );
  }

  #refuse(code: DefinitionError["code"], text: string): never {
    throw new DefinitionError(code, `${this.#title}: ${text}`);
  }
}

function list(roles: readonly string[]): string {
  return roles.map((role) => `'${role}'`).join(", ");
}

function kindOf(value: unknown): string {
  const origin = Handle.originOf(value);
  if (origin !== undefined) return origin.kind === "signal" ? "a signal" : "a stage's value";
  if (value === undefined || value === null) return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
