import type { z } from "zod";
import type { ParamValue, RoleData } from "./roles.ts";
import type { Stage } from "./stage.ts";
import type { EdgesOf } from "./topology.ts";

/** A choreography for certain parameters: its roles and stages as data, and the functions they name. */
export interface Definition<R extends string = string> {
  /** In declaration order. */
  readonly roles: Readonly<Record<R, RoleData>>;
  readonly stages: readonly Stage[];
  /** This instance's values of the parameters that `where` roles choose by; they may differ from the others'. */
  readonly asked: Readonly<Record<string, ParamValue>>;
  /** 12 hexadecimal digits, equal where the roles and stages are; see `shapeOf` for what differs. */
  readonly fingerprint: string;
  /** From the complete roster to the end. */
  readonly timeoutMs: number;
  /** How long to wait for all instances to start. */
  readonly joinMs: number;
  /** The functions, by stage id: what JSON cannot hold. */
  readonly bodies: ReadonlyMap<string, (input: never) => unknown>;
  /** What validates the values that are sent, by stage id. */
  readonly schemas: ReadonlyMap<string, z.ZodType>;
  /** What gives the edges of a custom topology, by stage id. */
  readonly edges: ReadonlyMap<string, EdgesOf>;
}
