interface StageData<Kind extends string> {
  readonly kind: Kind;
  /** Path of names: `"ping/rtt"`. */
  readonly id: string;
  /** The roles that take part, in the order they are declared. */
  readonly at: readonly string[];
  /** `"plans/network.ts:14"`. */
  readonly source?: string;
  readonly timeoutMs?: number;
}

interface MoveData {
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
  | (StageData<"exchange"> & MoveData)
  | (StageData<"broadcast"> & MoveData)
  | (StageData<"gather"> & MoveData)
  | (StageData<"scatter"> & MoveData)
  | (StageData<"reduce"> & MoveData);

/** A stage as data: JSON, without the functions, which a definition holds by stage id. */
export type Stage =
  | (StageData<"run"> & BodyData)
  | MoveStage
  | StageData<"signal">
  /** `signal`: stage id of the signal. */
  | (StageData<"wait"> & { readonly signal: string })
  | StageData<"barrier">
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
