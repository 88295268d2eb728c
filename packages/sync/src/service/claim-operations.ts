import type { ClaimOptions, Grant } from "../atoms/claims.ts";
import type { Namespace } from "../atoms/store.ts";
import type { CallContext, Operations } from "./calls.ts";
import { claimsIn, grantIn } from "./claim-frames.ts";
import type { ClientSession } from "./client-session.ts";
import { type Frame, optionalWholeIn, textIn, wholeIn } from "./fields.ts";
import { groupOperations } from "./group-operations.ts";
import { mutationIn } from "./mutation-fields.ts";

/** Sessions, claim queues and groups for one client, in one run that it has opened. */
export function claimOperations(namespace: Namespace, session: ClientSession): Operations {
  const { claims } = namespace;
  const hold = (grant: Grant): Frame => {
    session.watch(grant);
    return { requestId: grant.requestId, token: grant.token };
  };
  const claimant = (call: Frame, { signal }: CallContext): ClaimOptions => {
    session.check(textIn(call, "session"));
    return {
      ...mutationIn(call),
      signal,
      capacity: wholeIn(call, "capacity"),
      permits: wholeIn(call, "permits"),
      leaseMs: optionalWholeIn(call, "leaseMs"),
    };
  };
  return {
    ...groupOperations(namespace, session),
    "session.open": (call) => session.open(wholeIn(call, "ttlMs")),
    "session.beat": async (call) => session.beat(textIn(call, "session")),
    "session.end": (call) => session.end(textIn(call, "session")),
    "session.losses": (call, { signal, sendEntries }) =>
      sendEntries(session.losses(textIn(call, "session"), wholeIn(call, "after"), signal)),
    "claims.acquire": async (call, context) =>
      hold(await claims.acquire(textIn(call, "name"), claimant(call, context))),
    "claims.tryAcquire": async (call, context) => {
      const grant = await claims.tryAcquire(textIn(call, "name"), claimant(call, context));
      return grant === undefined ? null : hold(grant);
    },
    "claims.acquireAll": async (call, { signal }) => {
      session.check(textIn(call, "session"));
      const requestId = textIn(call, "requestId");
      const grants = await claims.acquireAll(claimsIn(call), { requestId, signal });
      return grants.map(hold);
    },
    "claims.renew": (call, { signal }) => claims.renew(grantIn(call), { signal }),
    "claims.shrink": (call) =>
      claims.shrink(grantIn(call), wholeIn(call, "permits"), {
        requestId: namespace.requestId(),
      }),
    "claims.release": (call) => claims.release(grantIn(call), { requestId: textIn(call, "id") }),
    "claims.cancel": (call) => claims.cancel(textIn(call, "name"), textIn(call, "requestId")),
    "claims.resize": (call) =>
      claims.resize(textIn(call, "name"), wholeIn(call, "capacity"), {
        requestId: textIn(call, "requestId"),
      }),
    "claims.inspect": (call, { signal }) => claims.inspect(textIn(call, "name"), { signal }),
  };
}
