import type { Wait } from "../wait.ts";
import type { Mutation } from "./store.ts";

/** How often something may happen. */
export interface Rate {
  /** Microseconds from one permit to the next. */
  readonly intervalUs: number;
  /** How many permits may go at once when none went for long. */
  readonly burst: number;
}

export interface RateSetting extends Mutation, Rate {
  /**
   * What becomes of the permits given so far when another rate is in force: they go on to count, at the new rate, or are
   * forgotten. Unless given, another rate rejects with `mismatch`.
   */
  readonly used?: "keep" | "drop" | undefined;
}

export interface Reservation extends Mutation {
  readonly permits: number;
  /** The longest wait that is worth a reservation, in milliseconds; any unless given. */
  readonly maxWaitMs?: number | undefined;
}

/** When permits that were asked for are due, by the store's clock. */
export interface Due {
  /** `false` if the wait would have been too long: then nothing was reserved. */
  readonly isReserved: boolean;
  /** Milliseconds from now; 0 if they are due at once. */
  readonly waitMs: number;
}

/** Rates, and when their next permits are due: the generic cell rate algorithm on the store's clock. */
export interface Rates {
  /** Sets a rate, once unless `used` is given. */
  configure(name: string, setting: RateSetting): Promise<void>;
  /**
   * Reserves permits at the first moment the rate allows, in the order of arrival at the store. Rejects with `range` for
   * more than a burst, and with `mismatch` before the rate is set.
   */
  reserve(name: string, reservation: Reservation): Promise<Due>;
  /**
   * Takes a reservation back, named by its request id, if its time has not come and no other came after it; resolves
   * with whether it did. Whatever it says, a late copy of that reservation reserves nothing.
   */
  refund(name: string, requestId: string, wait?: Wait): Promise<boolean>;
}

/** How long a reservation is known by its request id, from when its permits are due. */
export const RESERVATION_MS: number = 10 * 60 * 1000;
