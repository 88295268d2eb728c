import type { Duration } from "../duration.ts";

/** An id, or a role: its first member. */
export type Who<R extends string = string> = number | R;

/** Something that goes wrong in a simulated run. `at`: a stage by its id, its first visit; or one visit, `"ping/rtt#3"`. */
export type Fault<R extends string = string> =
  /** The process vanishes on entering the stage; others learn of it by its lease. */
  | { readonly type: "crash"; readonly who: Who<R>; readonly at: string }
  /** As crash; a new process starts `after` it and tries to join. */
  | {
      readonly type: "restart";
      readonly who: Who<R>;
      readonly at: string;
      readonly after: Duration;
    }
  /** The body throws; on so many attempts of a visit, all unless given. */
  | {
      readonly type: "throw";
      readonly who: Who<R>;
      readonly at: string;
      readonly attempts?: number;
    }
  /** The body never returns. */
  | { readonly type: "hang"; readonly who: Who<R>; readonly at: string }
  /** Each of its exchanges with the store, and each `me.sleep`, takes so many times as long. */
  | { readonly type: "slow"; readonly who: Who<R>; readonly factor: number }
  /** It starts so much later. */
  | { readonly type: "late"; readonly who: Who<R>; readonly by: Duration }
  /** Cut off from the store, in time since the first could have started. */
  | {
      readonly type: "cut";
      readonly who: Who<R> | readonly Who<R>[];
      readonly from: Duration;
      readonly to: Duration;
    }
  /** A share of the writes are sent twice, as after a lost reply. */
  | { readonly type: "resend"; readonly share: number };
