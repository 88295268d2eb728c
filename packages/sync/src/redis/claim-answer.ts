import { capacityMismatch, moreThanThereAre, requestIsOver } from "../atoms/claim-errors.ts";
import type { KeyedClaim } from "../atoms/liveness.ts";
import { SyncError } from "../error.ts";
import { asNumber, asText } from "./reply.ts";

/** What Redis says to a request. */
export type Answer =
  | { readonly type: "held"; readonly tokens: readonly number[] }
  | { readonly type: "queued"; readonly ahead: number; readonly afterMs: number }
  | { readonly type: "over"; readonly error: SyncError; readonly hasExpired: boolean }
  | { readonly type: "refused" | "again" | "session" };

/** Reads the reply of ACQUIRE or ACQUIRE_ALL. Throws for a request that cannot be granted. */
export function readAnswer(
  requestId: string,
  claims: readonly KeyedClaim[],
  [state, detail, place]: readonly unknown[],
): Answer {
  const type = asText(state);
  switch (type) {
    case "held":
      return { type, tokens: Array.isArray(detail) ? detail.map(asNumber) : [asNumber(detail)] };
    case "queued":
      return { type, ahead: asNumber(detail), afterMs: asNumber(place) };
    case "over": {
      const error = requestIsOver(claims[0]?.key ?? "", requestId);
      return { type, error, hasExpired: detail === "expired" };
    }
    case "refused":
    case "again":
    case "session":
      return { type };
    default:
      throw refusal(type, asNumber(detail), claims[asNumber(place)]);
  }
}

function refusal(type: string, found: number, claim: KeyedClaim | undefined): SyncError {
  const { key = "", capacity = 0, permits = 0 } = claim ?? {};
  if (type === "mismatch") return capacityMismatch(key, found, capacity);
  if (type === "beyond") return moreThanThereAre(key, permits, found);
  return new SyncError("protocol", `Redis answered "${type}" to a request for permits`);
}
