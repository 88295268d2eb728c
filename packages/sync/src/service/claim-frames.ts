import type { ClaimOf, ClaimView, Grant } from "../atoms/claims.ts";
import type { Held } from "../atoms/liveness.ts";
import { type Frame, frameIn, framesIn, textIn, wholeIn } from "./fields.ts";

/** The answer to a request for permits: one grant, several, or `null`. */
export function grantsIn(frame: Frame): readonly Held[] {
  const result = frame["result"] ?? [];
  const grants = framesIn({ result: Array.isArray(result) ? result : [result] }, "result");
  return grants.map((grant) => ({
    requestId: textIn(grant, "requestId"),
    token: tokenIn(grant),
  }));
}

export function viewIn(frame: Frame): ClaimView {
  const view = frameIn(frame, "result");
  return {
    capacity: wholeIn(view, "capacity"),
    free: wholeIn(view, "free"),
    holders: framesIn(view, "holders").map((holder) => ({
      ...waitingIn(holder),
      token: tokenIn(holder),
      session: textIn(holder, "session"),
    })),
    queue: framesIn(view, "queue").map(waitingIn),
  };
}

export function claimsIn(call: Frame): readonly ClaimOf[] {
  return framesIn(call, "claims").map((claim) => ({
    name: textIn(claim, "name"),
    capacity: wholeIn(claim, "capacity"),
    permits: wholeIn(claim, "permits"),
  }));
}

/** As it was granted. What makes it `lost` is known of elsewhere, and how much it holds, the store knows. */
export function grantIn(call: Frame): Grant {
  return {
    name: textIn(call, "name"),
    requestId: textIn(call, "requestId"),
    permits: Number.MAX_SAFE_INTEGER,
    token: tokenIn(call),
    lost: new AbortController().signal,
  };
}

function tokenIn(frame: Frame): Grant["token"] {
  const token = frameIn(frame, "token");
  return { epoch: textIn(token, "epoch"), n: wholeIn(token, "n") };
}

function waitingIn(frame: Frame): ClaimView["queue"][number] {
  return { requestId: textIn(frame, "requestId"), permits: wholeIn(frame, "permits") };
}
