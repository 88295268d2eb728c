import type { Versioned } from "./atoms/store.ts";
import { nameInKey } from "./describe.ts";

/** How many a message names; the error knows all. */
const NAMED_MEMBERS = 10;

/** What went wrong, for programs. The message says it for people. */
export type SyncErrorCode =
  | "timeout"
  | "connection"
  | "closed"
  | "aborted"
  | "too-large"
  | "range"
  | "mismatch"
  | "conflict"
  | "unsupported"
  | "state-lost"
  | "session-lost"
  | "not-owner"
  | "reentrant"
  | "upgrade"
  | "failed"
  | "broken"
  | "outcome-unknown"
  | "invalid-payload"
  | "protocol";

/** Every error of this package. Branch on `code`; show `message`. */
export class SyncError extends Error {
  readonly code: SyncErrorCode;

  constructor(code: SyncErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SyncError";
    this.code = code;
  }
}

/** The run was aborted by one of its instances or by its runner; `report` says by whom and why. */
export class RunAbortedError extends SyncError {
  /** What the first abort of the run reported. */
  readonly report: unknown;

  constructor(report: unknown) {
    super("aborted", `the run was aborted: ${JSON.stringify(report)}`);
    this.name = "RunAbortedError";
    this.report = report;
  }
}

/** The store does not carry what was asked for. `primitive` names it, `store` the store. */
export class UnsupportedPrimitiveError extends SyncError {
  readonly primitive: string;
  readonly store: string;

  constructor(primitive: string, store: string) {
    super(
      "unsupported",
      `${store} does not carry ${primitive}; the memory and Redis stores and Groundplan's own sync service do`,
    );
    this.name = "UnsupportedPrimitiveError";
    this.primitive = primitive;
    this.store = store;
  }
}

/** The store lost the state of the run (a restart without persistence, FLUSHALL, a failover): what was counted is gone. */
export class StateLostError extends SyncError {
  /** The epoch this process joined. */
  readonly expected: string;
  /** The epoch in force now; empty if there is none; the same if only a part of what was written is gone. */
  readonly found: string;

  constructor(where: string, expected: string, found: string) {
    const why =
      found === expected
        ? "a number is less than it was, as after a failover to a replica that was behind"
        : `epoch ${expected} was joined, ${found === "" ? "none" : found} is in force`;
    super("state-lost", `${where} lost the state of this run: ${why}; start the run again`);
    this.name = "StateLostError";
    this.expected = expected;
    this.found = found;
  }
}

/** This process can no longer prove that its session lives: what it held may be another's by now. */
export class SessionLostError extends SyncError {
  readonly session: string;

  constructor(where: string, session: string, why: string) {
    super(
      "session-lost",
      `the session ${session} in ${where} was lost: ${why}; what it held may be another's now, so stop what relies on it`,
    );
    this.name = "SessionLostError";
    this.session = session;
  }
}

/** A register was to be written over one version, and another is in force. */
export class VersionConflictError extends SyncError {
  /** The version in force; 0 if nothing was ever written. */
  readonly version: number;
  /** What the register holds now, as JSON text. */
  readonly json: string | undefined;

  constructor(key: string, expected: number, found: Versioned | undefined) {
    const { version = 0, json } = found ?? {};
    const what = `${nameInKey(key)} was to be written over version ${expected}`;
    super("conflict", `${what}, and version ${version} is in force; read it and decide again`);
    this.name = "VersionConflictError";
    this.version = version;
    this.json = json;
  }
}

/** A barrier that fails fast cannot open: members died before they signalled. */
export class BrokenBarrierError extends SyncError {
  /** Those of the missing that are down. */
  readonly dead: readonly string[];
  /** All who had not signalled, as far as they are known by name. */
  readonly missing: readonly string[];

  constructor(
    barrier: string,
    members: number,
    dead: readonly string[],
    missing: readonly string[],
    there: number = members - missing.length,
  ) {
    super(
      "broken",
      `${barrier}: ${there} of ${members} members signalled; dead before they could: ${namesOf(dead)}; missing: ${namesOf(missing)}`,
    );
    this.name = "BrokenBarrierError";
    this.dead = dead;
    this.missing = missing;
  }
}

/** A barrier ran out of time: `missing` says who had not signalled by then. */
export class MissingMembersError extends SyncError {
  readonly missing: readonly string[];

  constructor(barrier: string, members: number, missing: readonly string[], timeoutMs: number) {
    const there = members - missing.length;
    super(
      "timeout",
      `${barrier}: ${there} of ${members} members after ${timeoutMs} ms; missing: ${namesOf(missing)}`,
    );
    this.name = "MissingMembersError";
    this.missing = missing;
  }
}

function namesOf(members: readonly string[]): string {
  const named = members.slice(0, NAMED_MEMBERS).map((member) => `"${member}"`);
  const rest = members.length - named.length;
  return `${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
