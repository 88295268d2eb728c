import type { Duration } from "../duration.ts";
import type { Fault } from "./fault.ts";
import type { OutsideValues } from "./outside-instances.ts";
import type { Stub } from "./simulated-bodies.ts";
import type { StoreKind } from "./simulated-store.ts";

/** Options of `simulate`. */
export interface SimulationOptions<
  P = Readonly<Record<string, unknown>>,
  R extends string = string,
> {
  /** How many there are, those outside included; one group of them, unless `groups` says otherwise. */
  readonly instances?: number;
  /** Instances by group. */
  readonly groups?: Readonly<Record<string, number>>;
  /** Values as the schema puts them out; its defaults unless given. */
  readonly params?: Partial<P>;
  /** By group, those of its values that are not those of `params`. */
  readonly groupParams?: Readonly<Record<string, Partial<P>>>;
  /** What all draws are made from; 1 unless given. */
  readonly seed?: number;
  /** Of each exchange with the store, the shortest and the longest; `["1ms", "20ms"]` unless given. */
  readonly latency?: readonly [Duration, Duration];
  /** Over how long the instances start; `"500ms"` unless given. */
  readonly spread?: Duration;
  readonly faults?: readonly Fault<R>[];
  /** What stands in for bodies, by stage id. */
  readonly stubs?: Readonly<Record<string, Stub>>;
  /** What outside instances publish, by topic. They signal every state that is waited for. */
  readonly outside?: OutsideValues;
  /** `"counters"` behaves as the Testground sync service: no sets, no leases. `"sets"` unless given. */
  readonly store?: StoreKind;
  /** Whether to keep what the instances do; true unless given. */
  readonly journal?: boolean;
  /** How long a body may wait for something real before it is taken to hang, in real time; `"1s"` unless given. */
  readonly patience?: Duration;
}
