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

/** A stage as data: JSON, without the functions, which a definition holds by stage id. */
export type Stage =
  /** `needs`: input name to stage id. */
  | (StageData<"run"> & { readonly needs: Readonly<Record<string, string>> })
  | (StageData<"exchange"> & MoveData)
  | (StageData<"broadcast"> & MoveData)
  | (StageData<"gather"> & MoveData)
  | StageData<"signal">
  /** `signal`: stage id of the signal. */
  | (StageData<"wait"> & { readonly signal: string })
  | StageData<"barrier">
  /** `value`: stage id of what each round gives to the list. */
  | (StageData<"rounds"> & {
      readonly times: number;
      readonly stages: readonly Stage[];
      readonly value?: string;
    });
