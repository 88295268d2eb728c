import type { Definition } from "../definition.ts";
import type { MoveStage, Stage } from "../stage.ts";
import {
  type Bytes,
  bytesOfSchema,
  itemSchemaBytes,
  times,
  UNKNOWN_BYTES,
} from "./schema-bytes.ts";

/** How many instances these roles have. */
export type SizeOf = (roles: readonly string[]) => number;

/** What the values of a definition's stages take, as far as their schemas and the number of rounds tell. */
export class ValueBytes {
  readonly #schemas: Definition["schemas"];
  readonly #byId: ReadonlyMap<string, Stage>;
  readonly #size: SizeOf;

  constructor(schemas: Definition["schemas"], stages: readonly Stage[], size: SizeOf) {
    this.#schemas = schemas;
    this.#byId = new Map(stages.map((stage) => [stage.id, stage]));
    this.#size = size;
  }

  /** What each of `from` sends; the whole list, in a scatter. */
  sent(stage: MoveStage): Bytes {
    const schema = this.#schemas.get(stage.id);
    if (stage.kind === "scatter") {
      const item = schema === undefined ? UNKNOWN_BYTES : bytesOfSchema(schema);
      return times(this.#size(stage.to), item);
    }
    const rounds = this.#rounds(stage.value);
    if (schema === undefined) return this.of(stage.value);
    return rounds === undefined ? bytesOfSchema(schema) : times(rounds, itemSchemaBytes(schema));
  }

  /** What a stage gives. */
  of(id: string): Bytes {
    const stage = this.#byId.get(id);
    const inner = stage === undefined ? undefined : innerValue(stage);
    if (inner !== undefined) return times(this.#rounds(id) ?? 1, this.of(inner));
    switch (stage?.kind) {
      case "exchange":
      case "gather":
        return times(this.#size(stage.from), this.sent(stage));
      case "broadcast":
        return this.sent(stage);
      case "branch":
        return stage.value === undefined ? UNKNOWN_BYTES : this.of(stage.value.then);
      default:
        return UNKNOWN_BYTES;
    }
  }

  #rounds(id: string): number | undefined {
    const stage = this.#byId.get(id);
    if (stage?.kind === "rounds") return stage.times;
    return stage?.kind === "repeat" ? stage.max : undefined;
  }
}

function innerValue(stage: Stage): string | undefined {
  return stage.kind === "rounds" || stage.kind === "repeat" ? stage.value : undefined;
}
