import type { LinkShape } from "./link-shape.ts";
import type { Quantity } from "./quantity.ts";
import type { TopologyData } from "./topology.ts";

interface StageData<Kind extends string> {
  readonly kind: Kind;
  /** Path of names: `"ping/rtt"`. */
  readonly id: string;
  /** The roles that take part, in the order they are declared, those of outside instances last. */
  readonly at: readonly string[];
  /** `"plans/network.ts:14"`. */
  readonly source?: string;
  readonly timeoutMs?: number;
}

interface MoveData {
  /** With those of outside instances last, whose values come by `topic`. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Stage id of the value. */
  readonly value: string;
}

interface BodyData {
  /** Input name to stage id. */
  readonly needs: Readonly<Record<string, string>>;
  readonly retry?: RetryData;
  /** At most so many instances at a time, in order of id. */
  readonly concurrency?: number;
  /** What there must be for the body to do its work. */
  readonly requires?: "sidecar";
}

/** How often, and how, a body that throws is run again. */
export interface RetryData {
  /** Without limit unless given. */
  readonly attempts?: number;
  /** No attempt begins later than this after the first. */
  readonly withinMs?: number;
  /** The shortest pause and the longest. */
  readonly backoffMs: readonly [number, number];
}

/** A stage that takes a value from some to some, as data. */
export type MoveStage =
  | (StageData<"exchange"> & MoveData & { readonly topic?: string })
  | (StageData<"broadcast"> & MoveData & { readonly topic?: string })
  | (StageData<"gather"> & MoveData)
  | (StageData<"scatter"> & MoveData)
  | (StageData<"reduce"> & MoveData);

/** A stage that runs a body, as data. */
export type BodyStage = Stage & { readonly kind: "run" | "connect" };

/** A stage as data: JSON, without the functions, which a definition holds by stage id. */
export type Stage =
  | (StageData<"run"> & BodyData)
  | (StageData<"connect"> & BodyData & { readonly topology: TopologyData })
  /** `shape`: `"computed"` where a function gives it. */
  | (StageData<"shape"> & {
      readonly shape: LinkShape | "computed";
      readonly requires: "sidecar";
    })
  | MoveStage
  /** `from`: the roles of outside instances that each publish a value on the topic. */
  | (StageData<"receive"> & { readonly from: readonly string[]; readonly topic: string })
  | (StageData<"signal"> & { readonly state?: string })
  /** `signal`: stage id of the signal. */
  | (StageData<"wait"> & { readonly signal: string; readonly atLeast?: Quantity })
  | (StageData<"barrier"> & { readonly state?: string; readonly target?: number })
  /** `value`: stage id of what each round gives to the list. */
  | (StageData<"rounds"> & {
      readonly times: number;
      readonly stages: readonly Stage[];
      readonly value?: string;
    })
  /** `until`: stage id of what ends it; `value` as with rounds. */
  | (StageData<"repeat"> & {
      readonly max: number;
      readonly stages: readonly Stage[];
      readonly until: string;
      readonly value?: string;
    })
  /** `on`: stage id of what decides; `value`: stage ids of what each arm gives, if both give something. */
  | (StageData<"branch"> & {
      readonly on: string;
      readonly then: readonly Stage[];
      readonly else: readonly Stage[];
      readonly value?: { readonly then: string; readonly else: string };
    });
