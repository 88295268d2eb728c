import { moreThanBurst, notSet, setOtherwise } from "../atoms/rate-errors.ts";
import type { Rates } from "../atoms/rates.ts";
import { nameInKey } from "../describe.ts";
import { auxiliaryKey } from "../keys.ts";
import type { Wait } from "../wait.ts";
import { REFUND, RESERVE, SET_RATE } from "./rate-scripts.ts";
import { asNumber } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";

export function redisRates(run: RunAccess): Rates {
  const { calls, scripts } = run;
  const keysOf = (key: string) => [key, auxiliaryKey("req", key)] as const;
  return {
    configure: (key, { requestId, intervalUs, burst, used, ...wait }) =>
      calls.run(wait, run.writeTimeout(nameInKey(key)), async () => {
        const args = [requestId, intervalUs, burst, used ?? ""];
        const reply = await scripts.run(SET_RATE, keysOf(key), args);
        const there = { intervalUs: asNumber(reply[0]), burst: asNumber(reply[1]) };
        if (there.intervalUs === intervalUs && there.burst === burst) return;
        throw setOtherwise(key, there, { intervalUs, burst });
      }),
    reserve: (key, { requestId, permits, maxWaitMs, ...wait }) =>
      calls.run(wait, run.writeTimeout(nameInKey(key)), async () => {
        const mostUs = maxWaitMs === undefined ? "" : Math.floor(maxWaitMs * 1000);
        const reply = await scripts.run(RESERVE, keysOf(key), [requestId, permits, mostUs]);
        const found = asNumber(reply[1]);
        if (reply[0] === 2) throw moreThanBurst(key, permits, found);
        if (reply[0] === 3) throw notSet(key);
        return { isReserved: reply[0] === 1, waitMs: found / 1000 };
      }),
    refund: (key, requestId, wait: Wait = {}) =>
      calls.run(wait, run.writeTimeout(nameInKey(key)), async () => {
        const [isRefunded] = await scripts.run(REFUND, keysOf(key), [requestId]);
        return isRefunded === 1;
      }),
  };
}
