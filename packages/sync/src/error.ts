/** What went wrong, for programs. The message says it for people. */
export type SyncErrorCode =
  | "timeout"
  | "connection"
  | "closed"
  | "aborted"
  | "too-large"
  | "range"
  | "mismatch"
  | "unsupported"
  | "state-lost"
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

/** The store lost the state of the run (a restart without persistence, FLUSHALL): what was counted is gone. */
export class StateLostError extends SyncError {
  /** The epoch this process joined. */
  readonly expected: string;
  /** The epoch in force now; empty if there is none. */
  readonly found: string;

  constructor(where: string, expected: string, found: string) {
    super(
      "state-lost",
      `${where} lost the state of this run: epoch ${expected} was joined, ${found === "" ? "none" : found} is in force; start the run again`,
    );
    this.name = "StateLostError";
    this.expected = expected;
    this.found = found;
  }
}
