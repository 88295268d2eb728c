import type { z } from "zod";
import { DefinitionError } from "./definition-error.ts";
import type { Stage } from "./stage.ts";
import type { EdgesOf } from "./topology.ts";

/** What one run of a definition function leaves behind. */
export interface Recording {
  /** All roles whose instances perform the choreography, in declaration order. */
  readonly roles: readonly string[];
  /** The roles of outside instances, in declaration order. */
  readonly outside: readonly string[];
  readonly bodies: Map<string, (input: never) => unknown>;
  readonly schemas: Map<string, z.ZodType>;
  readonly edges: Map<string, EdgesOf>;
  /** Stage id to where it was declared. */
  readonly declared: Map<string, string | undefined>;
  /** `"state 'ready'"` to the stage whose wire name that is. */
  readonly wires: Map<string, string>;
  /** Whether stages say where they are declared. */
  readonly sources: boolean;
  /** The scope that stages are being declared in; undefined before and after. */
  innermost: Frame | undefined;
}

/** What sets a stretch of the definition apart from the one around it. */
interface FrameOptions {
  /** `"rounds 'ping'"`, for messages. */
  readonly title: string;
  /** `"ping/"` within rounds `ping`, `""` outermost. */
  readonly prefix: string;
  /** The roles that take part, in declaration order. */
  readonly census: readonly string[];
  /** The stretch that its stages and what they give belong to, where that is not itself. */
  readonly home?: Frame;
  /** What to do instead of using a handle of it after its end. */
  readonly remedy?: string;
  /** Whether its stages are visited more than once; as those around it unless given. */
  readonly isRepeated?: boolean;
}

/** A stretch of the definition with its own scope: the whole of it, or what an inner function declares. */
export class Frame {
  readonly recording: Recording;
  readonly title: string;
  readonly prefix: string;
  readonly census: readonly string[];
  readonly home: Frame;
  readonly remedy: string;
  readonly isRepeated: boolean;
  readonly stages: Stage[];
  readonly #outer: Frame | undefined;
  #isOpen = true;

  constructor(recording: Recording, options: FrameOptions) {
    const { title, prefix, census, home, remedy = "" } = options;
    this.recording = recording;
    this.title = title;
    this.prefix = prefix;
    this.census = census;
    this.home = home ?? this;
    this.remedy = remedy;
    this.isRepeated = options.isRepeated ?? recording.innermost?.isRepeated ?? false;
    this.stages = home === undefined ? [] : home.stages;
    this.#outer = recording.innermost;
    recording.innermost = this;
  }

  get isOpen(): boolean {
    return this.#isOpen;
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

  /** Takes a wire name for a stage; each belongs to one. */
  claimWire(wire: string, id: string): void {
    const { wires } = this.recording;
    const other = wires.get(wire);
    if (other !== undefined) {
      throw new DefinitionError(
        "duplicate-name",
        `stage '${id}': ${wire} belongs to stage '${other}' already; give one of them another name`,
      );
    }
    wires.set(wire, id);
  }
}

function at(source: string | undefined): string {
  return source === undefined ? "" : ` at ${source}`;
}
