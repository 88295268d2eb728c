import type { z } from "zod";
import type { Quantity } from "./quantity.ts";
import type { AtOptions, SendOptions, StageOptions } from "./scope.ts";

// In rounds a wire name has `{round}` in it, which stands for the number of the round, from 1.

/** Options of the stages whose values instances in other languages may read. */
export interface WireOptions<T, Topic extends string = string> extends SendOptions<T> {
  /** A Testground topic that the bare value is published on as well. */
  readonly topic?: Topic;
}

/** Options of `signal`. */
export interface SignalOptions<X extends string> extends AtOptions<X> {
  /** A Testground state that is signalled as well; needed where outside instances give the signal. */
  readonly state?: string;
}

/** Options of `barrier`. */
export interface BarrierOptions<X extends string> extends SignalOptions<X> {
  /** With `state` only: the count of it to wait for, where the number of instances is not it. */
  readonly target?: number;
}

/** Options of `waitFor`. */
export interface WaitOptions<X extends string> extends AtOptions<X> {
  /** How many signals are enough, or which share of all, rounded up; all unless given. */
  readonly atLeast?: Quantity;
}

/** Options of `receive`. */
export interface ReceiveOptions<T> extends StageOptions {
  /** The Testground topic that they publish on, each one value. */
  readonly topic: string;
  /** Validates what they publish. */
  readonly schema: z.ZodType<T>;
}
