/** The stores whose limits and traffic the tools know. `"redis"` stands for our own service too. */
export type StoreName = "memory" | "redis" | "testground";

/** What a run will have, as far as it is known beforehand. */
export interface Circumstances {
  /** How many instances there are; the fewest that the roles need, unless given here or by `groups`. */
  readonly instances?: number;
  /** Instances by group, instead of one group of `instances`. */
  readonly groups?: Readonly<Record<string, number>>;
  /** Values as the schema puts them out; the schema's defaults unless given. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** By group, those of its values that are not those of `params`. */
  readonly groupParams?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Whether there is a sidecar; not known unless given. */
  readonly sidecar?: boolean;
  /** `"redis"` unless given. */
  readonly store?: StoreName;
  /** How many processes the instances share; one each unless given. On `"memory"` it is always one. */
  readonly processes?: number;
}
