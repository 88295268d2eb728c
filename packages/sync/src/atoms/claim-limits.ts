import { SyncError } from "../error.ts";
import { checkName } from "../limits.ts";
import type { ClaimOf, ClaimOptions } from "./claims.ts";

const MAX_CAPACITY = 1_000_000_000;
const MAX_LEASE_MS = 24 * 60 * 60 * 1000;
const MAX_QUEUES = 100;
const MAX_REQUEST_ID_BYTES = 128;

export function checkClaim({ name, capacity, permits = 1 }: ClaimOf): void {
  checkCapacity(name, capacity);
  if (Number.isSafeInteger(permits) && permits >= 1 && permits <= capacity) return;
  throw new SyncError(
    "range",
    `claim "${name}": ${permits} permits were asked for; it takes a whole number from 1 to the capacity, ${capacity}`,
  );
}

export function checkCapacity(name: string, capacity: number): void {
  checkName("claim", name);
  if (Number.isSafeInteger(capacity) && capacity >= 1 && capacity <= MAX_CAPACITY) return;
  throw new SyncError(
    "range",
    `claim "${name}": the capacity is ${capacity}; it must be a whole number from 1 to ${MAX_CAPACITY}`,
  );
}

export function checkClaimSet(claims: readonly ClaimOf[]): void {
  for (const claim of claims) checkClaim(claim);
  const names = new Set(claims.map(({ name }) => name));
  if (names.size === claims.length && names.size >= 1 && names.size <= MAX_QUEUES) return;
  throw new SyncError(
    "range",
    `${claims.length} claims with ${names.size} names were asked for together; it takes 1 to ${MAX_QUEUES}, each named once`,
  );
}

export function checkLease(name: string, leaseMs: ClaimOptions["leaseMs"]): void {
  if (leaseMs === undefined) return;
  if (Number.isSafeInteger(leaseMs) && leaseMs >= 1 && leaseMs <= MAX_LEASE_MS) return;
  throw new SyncError(
    "range",
    `claim "${name}": the lease is ${leaseMs} ms; it must be a whole number from 1 to ${MAX_LEASE_MS}`,
  );
}

/** Bars separate the parts of records in the store. */
export function checkRequestId(requestId: string): void {
  const bytes = Buffer.byteLength(requestId);
  if (bytes >= 1 && bytes <= MAX_REQUEST_ID_BYTES && !requestId.includes("|")) return;
  throw new SyncError(
    "range",
    `the request id "${requestId.slice(0, 40)}" must have 1 to ${MAX_REQUEST_ID_BYTES} bytes and no "|"; take one from requestId()`,
  );
}
