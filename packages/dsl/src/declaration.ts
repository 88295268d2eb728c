import type { z } from "zod";
import { refuseAsync } from "./async-definition.ts";
import { DefinitionError } from "./definition-error.ts";
import { type Duration, timeoutMs } from "./duration.ts";
import { Frame } from "./frame.ts";
import { Handle, type Origin } from "./handle.ts";
import { listed, namedRoles } from "./named-roles.ts";
import { checkStageName } from "./names.ts";
import { checkFromOne, retryData } from "./retry.ts";
import type { BodyOptions } from "./scope.ts";
import { callerOf, inParentheses } from "./source.ts";
import type { BodyStage, Stage } from "./stage.ts";
import type { EdgesOf } from "./topology.ts";
import { checkWireName, type Wire } from "./wire-name.ts";

type AnyFunction = (...args: never[]) => unknown;

/** What every stage has, as data. */
export interface Basics {
  readonly id: string;
  readonly at: readonly string[];
  readonly source?: string;
  readonly timeoutMs?: number;
}

/** What a stage has that is no data. */
interface Functions {
  readonly body?: AnyFunction;
  readonly schema?: z.ZodType | undefined;
  readonly edges?: EdgesOf | undefined;
}

/** A value that an inner function returned. */
export type Given = Pick<Origin, "stage" | "at" | "isAgreed">;

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
    frame.checkInnermost(this.title);
    frame.claim(this.id, source);
  }

  /** Begins every complaint. */
  get title(): string {
    return `stage '${this.id}'${inParentheses(this.#source)}`;
  }

  /** The roles named, each once, in declaration order; all that take part unless some are named. */
  roles(where?: string | readonly string[]): readonly string[] {
    return namedRoles(this.#frame, where, this.title);
  }

  /** As {@link roles}, with those of outside instances last, if they are named. */
  rolesAndOutside(where?: string | readonly string[]): readonly string[] {
    return namedRoles(this.#frame, where, this.title, this.outside());
  }

  /** The roles of outside instances. */
  outside(): readonly string[] {
    return this.#frame.recording.outside;
  }

  /** A name that instances in other languages know the stage by, which no other stage has. */
  wire(wire: Wire, name: unknown): string {
    const { isRepeated } = this.#frame;
    const checked = checkWireName(wire, name, { title: this.title, isRepeated });
    this.#frame.claimWire(`${wire} '${checked}'`, this.id);
    return checked;
  }

  basics(at: readonly string[], options: { readonly timeout?: Duration } = {}): Basics {
    const { timeout } = options;
    return {
      id: this.id,
      at,
      ...(this.#source === undefined ? {} : { source: this.#source }),
      ...(timeout === undefined ? {} : { timeoutMs: timeoutMs(timeout, `${this.title}: timeout`) }),
    };
  }

  /** Options of a body as data. */
  body(options: BodyOptions = {}): Pick<BodyStage, "retry" | "concurrency" | "requires"> {
    const { retry, concurrency, requires } = options;
    const title = this.title;
    if (concurrency !== undefined) checkFromOne(concurrency, `${title}: concurrency`);
    if (requires !== undefined && requires !== "sidecar") {
      this.refuse("bad-option", `requires '${requires}': the one thing to require is 'sidecar'`);
    }
    return {
      ...(retry === undefined ? {} : { retry: retryData(retry, `${title}: retry`) }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(requires === undefined ? {} : { requires }),
    };
  }

  /** The stage that gives the value, known at all of these roles. */
  value(handle: unknown, at: readonly string[], what: string): string {
    return this.#valueAt(handle, at, what).stage;
  }

  /** As {@link value}, of a value that is the same at all of them: only such a one may decide. */
  agreed(handle: unknown, at: readonly string[], what: string): string {
    const origin = this.#valueAt(handle, at, what);
    if (origin.isAgreed) return origin.stage;
    return this.refuse(
      "not-agreed",
      `${what} comes from '${origin.stage}', where every instance has its own; ` +
        "make it the same at all with broadcast(), reduce() or exchange()",
    );
  }

  /** What an inner function returned, if that is a value; its scope is still open here. */
  given(result: unknown, what: string): Given | undefined {
    this.refuseAsync(result);
    const origin = Handle.originOf(result);
    if (origin?.kind !== "value") return undefined;
    const { stage, at, isAgreed } = this.#valueAt(result, origin.at, what);
    return { stage, at, isAgreed };
  }

  /** The stage that gives the signal. */
  signal(handle: unknown): string {
    return this.#origin(handle, "signal", "what it waits for").stage;
  }

  /** A whole number of rounds. */
  times(times: unknown, least = 0, what = "the number of rounds"): number {
    if (typeof times === "number" && Number.isSafeInteger(times) && times >= least) return times;
    const found = typeof times === "number" ? String(times) : kindOf(times);
    return this.refuse("bad-rounds", `${what} is ${found}: write a whole number, ${least} or more`);
  }

  refuseAsync(result: unknown): void {
    refuseAsync(result, this.title);
  }

  add(stage: Stage, also: Functions = {}): void {
    const { bodies, schemas, edges } = this.#frame.recording;
    this.#frame.stages.push(Object.freeze(stage));
    if (also.body !== undefined) bodies.set(this.id, also.body as (input: never) => unknown);
    if (also.schema !== undefined) schemas.set(this.id, also.schema);
    if (also.edges !== undefined) edges.set(this.id, also.edges);
  }

  gives(kind: Origin["kind"], at: readonly string[], isAgreed = false): Handle {
    const frame = this.#frame.home;
    return new Handle({ kind, stage: this.id, source: this.#source, at, isAgreed, frame });
  }

  /** The scope of an inner function of this stage. */
  inner(options: {
    readonly title: string;
    readonly prefix: string;
    readonly remedy: string;
    readonly isRepeated?: boolean;
  }): Frame {
    const { recording, census } = this.#frame;
    return new Frame(recording, { ...options, census });
  }

  #valueAt(handle: unknown, at: readonly string[], what: string): Origin {
    const origin = this.#origin(handle, "value", what);
    const missing = at.filter((role) => !origin.at.includes(role));
    if (missing.length === 0) return origin;
    return this.refuse(
      "out-of-reach",
      `${what} comes from '${origin.stage}', which gives it to ${listed(origin.at)}, ` +
        `not to ${listed(missing)}`,
    );
  }

  #origin(handle: unknown, kind: Origin["kind"], what: string): Origin {
    const origin = Handle.originOf(handle);
    if (origin?.kind !== kind) {
      const wanted =
        kind === "value" ? "what a stage with a value returned" : "what signal() returned";
      this.refuse("not-a-handle", `${what} is ${kindOf(handle)}; it must be ${wanted}`);
    }
    this.#checkReach(origin, what);
    return origin;
  }

  #checkReach(origin: Origin, what: string): void {
    const from = `${what} comes from '${origin.stage}'${inParentheses(origin.source)}`;
    if (origin.frame.recording !== this.#frame.recording) {
      this.refuse(
        "foreign-handle",
        `${from} of another choreography, or of another run of this definition; ` +
          "use what the scope at hand returned",
      );
    }
    if (origin.frame.isOpen) return;
    this.refuse("ended-scope", `${from}, inside ${origin.frame.title}, ${origin.frame.remedy}`);
  }

  refuse(code: DefinitionError["code"], text: string): never {
    throw new DefinitionError(code, `${this.title}: ${text}`);
  }
}

function kindOf(value: unknown): string {
  const origin = Handle.originOf(value);
  if (origin !== undefined) return origin.kind === "signal" ? "a signal" : "a stage's value";
  if (value === undefined || value === null) return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
