import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";

/** What goes wrong with a claim: the same words in every store. */
export function capacityMismatch(key: string, declared: number, asked: number): SyncError {
  return new SyncError(
    "mismatch",
    `${nameInKey(key)}: the capacity ${asked} was declared, and ${declared} had been before; let every process declare the same`,
  );
}

export function moreThanThereAre(key: string, permits: number, capacity: number): SyncError {
  return new SyncError(
    "range",
    `${nameInKey(key)}: ${permits} permits were asked for, and there are ${capacity} since it was resized`,
  );
}

export function requestIsOver(key: string, requestId: string): SyncError {
  return new SyncError(
    "not-owner",
    `${nameInKey(key)}: the request ${requestId} is over, or another session's; ask again with a new id`,
  );
}

export function notHeld(key: string, requestId: string): SyncError {
  return new SyncError(
    "not-owner",
    `${nameInKey(key)}: the request ${requestId} holds nothing any more; its lease ran out, or it was given back`,
  );
}

export function moreThanHeld(key: string, permits: number, held: number): SyncError {
  return new SyncError(
    "range",
    `${nameInKey(key)}: ${permits} permits were to be kept, and ${held} are held; a hold shrinks only`,
  );
}

export function neverAsked(key: string): SyncError {
  return new SyncError(
    "range",
    `${nameInKey(key)}: nobody has declared its capacity yet; ask for a permit first`,
  );
}

export function claimTimeout(key: string, ahead: number | undefined, timeoutMs: number): string {
  const place = ahead === undefined ? "" : `, ${ahead} requests were ahead`;
  return `${nameInKey(key)}: not granted within ${timeoutMs} ms${place}; who holds it?`;
}
