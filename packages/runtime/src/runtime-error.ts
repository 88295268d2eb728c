/** What went wrong, for programs. The message says it for people. */
export type RuntimeErrorCode =
  | "bad-environment"
  | "bad-params"
  | "bad-outputs"
  | "bad-path"
  | "bad-metric"
  | "bad-asset"
  | "unknown-case"
  /** A network that no sidecar could configure. */
  | "bad-network"
  /** The network is to be shaped, and there is nobody who can. */
  | "no-sidecar"
  | "sidecar-silent"
  | "no-data-address"
  | "unfinished"
  | "aborted";

/** Every error of this package. Branch on `code`; show `message`. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuntimeError";
    this.code = code;
  }
}

/** A test case that rejects with this was ended from outside: its instance is aborted, and is not what failed. */
export class AbortedError extends RuntimeError {
  constructor(message: string, options?: ErrorOptions) {
    super("aborted", message, options);
    this.name = "AbortedError";
  }
}

/** One paragraph for all that is wrong, a line for each. */
export function listFaults(opening: string, faults: readonly string[]): string {
  return [opening, ...faults.map((fault) => `  ${fault}`)].join("\n");
}
