import type { Due, Rates } from "../atoms/rates.ts";
import type { Caller } from "./caller.ts";
import { type Frame, frameIn } from "./fields.ts";

/** The rates of the store behind the service, by full key. */
export function rateClient(caller: Caller): Rates {
  const { address } = caller;
  return {
    configure(key, { requestId, intervalUs, burst, used, ...wait }) {
      const args = { name: address.rate(key), requestId, intervalUs, burst, used };
      return caller.call("rates.configure", { args, wait, read: () => {} });
    },
    reserve(key, { requestId, permits, maxWaitMs, ...wait }) {
      const args = { name: address.rate(key), requestId, permits, maxWaitMs };
      return caller.call("rates.reserve", { args, wait, read: dueResult });
    },
    refund(key, requestId, wait = {}) {
      const args = { name: address.rate(key), requestId };
      const read = (frame: Frame): boolean => frame["result"] === true;
      return caller.call("rates.refund", { args, wait, read });
    },
  };
}

function dueResult(frame: Frame): Due {
  const { isReserved, waitMs } = frameIn(frame, "result");
  return { isReserved: isReserved === true, waitMs: Number(waitMs) };
}
