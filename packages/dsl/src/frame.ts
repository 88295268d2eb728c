import type { z } from "zod";
import { DefinitionError } from "./definition-error.ts";
import type { Stage } from "./stage.ts";

/** What one run of a definition function leaves behind. */
export interface Recording {
  /** All roles, in declaration order. */
  readonly roles: readonly string[];
  readonly bodies: Map<string, (input: never) => unknown>;
  readonly schemas: Map<string, z.ZodType>;
  /** Stage id to where it was declared. */
  readonly declared: Map<string, string | undefined>;
  /** Whether stages say where they are declared. */
  readonly sources: boolean;
  /** The scope that stages are being declared in; undefined before and after. */
  innermost: Frame | undefined;
}

/** A stretch of the definition with its own scope: the whole of it, or the body of rounds. */
export class Frame {
  readonly recording: Recording;
  /** `"ping/"` within rounds `ping`, `""` outermost. */
  readonly prefix: string;
  readonly stages: Stage[] = [];
  readonly #outer: Frame | undefined;
  #isOpen = true;

  constructor(recording: Recording, prefix = "") {
    this.recording = recording;
    this.prefix = prefix;
    this.#outer = recording.innermost;
    recording.innermost = this;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** `"rounds 'ping'"`, or the choreography itself. */
  get title(): string {
    return this.prefix === "" ? "the choreography" : `rounds '${this.prefix.slice(0, -1)}'`;
  }

  close(): void {
    this.#isOpen = false;
    this.recording.innermost = this.#outer;
  }

  /** Refuses a stage declared on a scope other than the one whose function is running. */
  checkInnermost(stage: string): void {
    const { innermost } = this.recording;
    if (innermost === this) return;
    throw new DefinitionError(
      "ended-scope",
      this.#isOpen && innermost !== undefined
        ? `${stage} is declared on the scope of ${this.title} while the stages of ` +
            `${innermost.title} are being declared; use the scope that the inner function is given`
        : `${stage} is declared on the scope of ${this.title}, whose function has returned; ` +
            "declare stages while it runs",
    );
  }

  /** Takes the stage's id, which must be new. */
  claim(id: string, source: string | undefined): void {
    const { declared } = this.recording;
    if (declared.has(id)) {
      throw new DefinitionError(
        "duplicate-name",
        `stage '${id}' is declared twice, first${at(declared.get(id))} and again${at(source)}; ` +
          "give one of them another name",
      );
    }
    declared.set(id, source);
  }
}

function at(source: string | undefined): string {
  return source === undefined ? "" : ` at ${source}`;
}
