import { outsideCount } from "../allotment.ts";
import type { RoleRange } from "../cast.ts";
import type { Definition } from "../definition.ts";
import { amountOf } from "../quantity.ts";
import { shapeOf } from "../shape.ts";
import type { MoveStage, Stage } from "../stage.ts";
import type { Circumstances, StoreName } from "./circumstances.ts";
import { bytesOfSchema, UNKNOWN_BYTES } from "./schema-bytes.ts";
import type { Situation } from "./situation.ts";
import { placedStages } from "./stage-rows.ts";
import { control, NONE, sum, type Traffic, turns, values, wired } from "./traffic.ts";
import { ValueBytes } from "./value-bytes.ts";

const ROSTER_ENTRY_BYTES = 180;

/** The traffic of a definition's stages on a store. */
export class TrafficModel {
  readonly #definition: Definition;
  readonly #situation: Situation;
  readonly #values: ValueBytes;
  readonly #store: StoreName;
  readonly #processes: number;

  constructor(
    definition: Definition,
    situation: Situation,
    { store = "redis", processes }: Pick<Circumstances, "store" | "processes">,
  ) {
    this.#definition = definition;
    this.#situation = situation;
    this.#store = store;
    this.#processes = processesOn(store, situation.instances, processes);
    const stages = placedStages(definition.stages).map(({ stage }) => stage);
    this.#values = new ValueBytes(definition.schemas, stages, (roles) => this.#inside(roles));
  }

  /** The roster, which all enter and read before the first stage. */
  roster(): Traffic {
    const n = this.#inside(Object.keys(this.#definition.roles));
    const readers = this.#readers(n);
    const shape = this.#store === "testground" ? 0 : this.#processes;
    const shapeBytes = shape * shapeOf(this.#definition).length;
    const entries = (n + readers * n) * ROSTER_ENTRY_BYTES;
    return { acts: n + shape, reads: readers * n, bytes: entries + shapeBytes };
  }

  /** The barrier of all that comes last. */
  end(): Traffic {
    const n = this.#inside(Object.keys(this.#definition.roles));
    return control(n, this.#readers(n));
  }

  of(stage: Stage): Traffic {
    const members = this.#inside(stage.at);
    const readers = this.#readers(members);
    switch (stage.kind) {
      case "run":
      case "connect":
        return turns(members, stage.concurrency);
      case "shape":
        // The instance asks its sidecar, which signals when it is done; then all wait for all.
        return control(3 * members, members + readers);
      case "exchange":
      case "broadcast":
      case "gather":
      case "scatter":
      case "reduce":
        return this.#move(stage);
      case "receive":
        return values(0, readers * this.need(stage), this.#received(stage));
      case "signal":
        return control(wired(members, stage.state), 0);
      case "wait":
        return control(0, readers);
      case "barrier":
        return control(wired(members, stage.state), readers * (this.#isOnWire(stage) ? 2 : 1));
      case "rounds":
      case "repeat":
      case "branch":
        return NONE;
    }
  }

  /** How many it waits for, as journals say it: where there is one number for all. */
  need(stage: Stage): number {
    const { roles } = this.#definition;
    switch (stage.kind) {
      case "exchange":
      case "broadcast":
      case "gather":
      case "scatter":
      case "reduce":
        return this.#inside(stage.from);
      case "receive":
        return outsideCount(roles, stage.from);
      case "shape":
      case "barrier":
        return this.#inside(stage.at) + outsideCount(roles, stage.at);
      case "wait":
        return this.#signals(stage);
      case "run":
      case "connect":
      case "signal":
      case "rounds":
      case "repeat":
      case "branch":
        return 0;
    }
  }

  /** The largest value that a stage sends, as far as that is known. */
  payload(stage: MoveStage): { readonly usual: number; readonly most: number } {
    return this.#values.sent(stage);
  }

  #signals({ signal, atLeast }: Stage & { kind: "wait" }): number {
    const { stages, roles } = this.#definition;
    const found = placedStages(stages).find(({ stage }) => stage.id === signal);
    const at = found?.stage.at ?? [];
    const all = this.#inside(at) + outsideCount(roles, at);
    return atLeast === undefined ? all : amountOf(atLeast, all);
  }

  #move(stage: MoveStage): Traffic {
    const from = stage.kind === "scatter" ? 1 : this.#inside(stage.from);
    const readers = this.#readers(this.#inside(stage.to));
    const size = this.#values.sent(stage).usual;
    const own = values(from, readers * from, size);
    if (!("topic" in stage) || stage.topic === undefined) return own;
    const outside = outsideCount(this.#definition.roles, stage.from);
    const bare = values(from, outside === 0 ? 0 : readers * (from + outside), size);
    return sum([own, bare]);
  }

  #received(stage: Stage): number {
    const schema = this.#definition.schemas.get(stage.id);
    return (schema === undefined ? UNKNOWN_BYTES : bytesOfSchema(schema)).usual;
  }

  #isOnWire(stage: Stage & { kind: "barrier" }): boolean {
    if (stage.state === undefined) return false;
    return stage.target !== undefined || outsideCount(this.#definition.roles, stage.at) > 0;
  }

  /** Those who run the choreography. */
  #inside(roles: readonly string[]): number {
    return roles.reduce((total, role) => total + insideSize(this.#situation.ranges[role]), 0);
  }

  /** Instances of one process read once for all of them; on Testground's service each reads for itself. */
  #readers(instances: number): number {
    return this.#store === "testground" ? instances : Math.min(instances, this.#processes);
  }
}

/** How many processes read from the store. */
export function processesOn(
  store: StoreName,
  instances: number,
  processes: number = instances,
): number {
  return store === "memory" ? 1 : Math.min(instances, Math.max(1, processes));
}

function insideSize(range: RoleRange | undefined): number {
  return range === undefined || range.first === 0 ? 0 : range.size;
}
