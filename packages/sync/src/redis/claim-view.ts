import type { ClaimView } from "../atoms/claims.ts";
import { asNumber, asPairs, asText } from "./reply.ts";

/** From the reply of INSPECT. */
export function readView(
  epoch: string,
  [capacity, used, holders, queue]: readonly unknown[],
): ClaimView {
  const held = asPairs(holders).map(([requestId, record]) => {
    const [permits, n, , session = ""] = asText(record).split("|");
    return { requestId, permits: Number(permits), token: { epoch, n: Number(n) }, session };
  });
  return {
    capacity: asNumber(capacity),
    free: Math.max(0, asNumber(capacity) - asNumber(used)),
    holders: held.sort((a, b) => a.token.n - b.token.n),
    queue: asPairs(queue).map(([requestId, record]) => ({
      requestId,
      permits: Number.parseInt(asText(record), 10),
    })),
  };
}
