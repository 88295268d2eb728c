import { moreThanBurst, notSet, setOtherwise } from "../atoms/rate-errors.ts";
import {
  type Due,
  type Rate,
  type RateSetting,
  type Rates,
  RESERVATION_MS,
  type Reservation,
} from "../atoms/rates.ts";

interface Limited {
  rate: Rate | undefined;
  /** When the permits given so far are used up: the theoretical arrival time of the next, in microseconds. */
  usedUpAt: number;
  last: { readonly requestId: string; readonly us: number } | undefined;
  /** When the permits of each request are due; of settings, when they were set. */
  readonly dueAt: Map<string, number>;
}

/** The rates of all runs by full key. */
export class RateState {
  readonly #limited = new Map<string, Limited>();
  readonly #nowUs: () => number;

  constructor(nowMs: () => number) {
    this.#nowUs = () => Math.floor(nowMs() * 1000);
  }

  configure(key: string, { intervalUs, burst, used, requestId }: RateSetting): void {
    const limited = this.#limitedOf(key);
    if (limited.dueAt.has(requestId)) return;
    const { rate: there } = limited;
    if (there !== undefined && used === undefined) {
      if (there.intervalUs === intervalUs && there.burst === burst) return;
      throw setOtherwise(key, there, { intervalUs, burst });
    }
    const now = this.#nowUs();
    const ahead = Math.max(0, limited.usedUpAt - now);
    limited.usedUpAt =
      used === "keep" && there !== undefined
        ? now + Math.floor((ahead / there.intervalUs) * intervalUs)
        : 0;
    limited.rate = { intervalUs, burst };
    limited.last = undefined;
    limited.dueAt.set(requestId, now);
  }

  reserve(key: string, { requestId, permits, maxWaitMs }: Reservation): Due {
    const limited = this.#limitedOf(key);
    const now = this.#nowUs();
    const known = limited.dueAt.get(requestId);
    if (known !== undefined) return { isReserved: true, waitMs: Math.max(0, known - now) / 1000 };
    const { rate } = limited;
    if (rate === undefined) throw notSet(key);
    if (permits > rate.burst) throw moreThanBurst(key, permits, rate.burst);
    const us = rate.intervalUs * permits;
    const usedUpAt = Math.max(limited.usedUpAt, now) + us;
    const dueAt = Math.max(now, usedUpAt - rate.burst * rate.intervalUs);
    const waitMs = (dueAt - now) / 1000;
    if (maxWaitMs !== undefined && waitMs > maxWaitMs) return { isReserved: false, waitMs };
    limited.usedUpAt = usedUpAt;
    limited.last = { requestId, us };
    this.#remember(limited, requestId, dueAt, now);
    return { isReserved: true, waitMs };
  }

  refund(key: string, requestId: string): boolean {
    const limited = this.#limitedOf(key);
    const now = this.#nowUs();
    const dueAt = limited.dueAt.get(requestId);
    if (dueAt === undefined) limited.dueAt.set(requestId, now);
    const { last } = limited;
    if (dueAt === undefined || dueAt <= now || last?.requestId !== requestId) return false;
    limited.usedUpAt -= last.us;
    limited.last = undefined;
    return true;
  }

  forget(concerns: (key: string) => boolean): void {
    for (const key of [...this.#limited.keys()]) if (concerns(key)) this.#limited.delete(key);
  }

  #limitedOf(key: string): Limited {
    const there = this.#limited.get(key);
    if (there !== undefined) return there;
    const made: Limited = { rate: undefined, usedUpAt: 0, last: undefined, dueAt: new Map() };
    this.#limited.set(key, made);
    return made;
  }

  /** Due times only grow, but for refunds, so that the first ones kept are those to go. */
  #remember({ dueAt }: Limited, requestId: string, at: number, now: number): void {
    dueAt.set(requestId, at);
    for (const [id, due] of dueAt) {
      if (due > now - RESERVATION_MS * 1000) break;
      dueAt.delete(id);
    }
  }
}

export function memoryRates(state: RateState, guard: () => void): Rates {
  return {
    configure: async (key, setting) => {
      guard();
      state.configure(key, setting);
    },
    reserve: async (key, reservation) => {
      guard();
      return state.reserve(key, reservation);
    },
    refund: async (key, requestId) => {
      guard();
      return state.refund(key, requestId);
    },
  };
}
