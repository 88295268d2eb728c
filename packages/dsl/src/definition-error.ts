/** What is wrong with a plan or with the instances it was given, for programs. */
export type DefinitionErrorCode =
  /** A plan, case, role or stage name that is empty or has characters it may not have. */
  | "bad-name"
  | "duplicate-name"
  /** Not one of the role functions' results, or options that make no sense. */
  | "bad-role"
  | "unknown-role"
  | "bad-params"
  | "bad-duration"
  | "bad-rounds"
  /** Attempts, a backoff or a number of instances at a time that make no sense. */
  | "bad-option"
  /** What no topology function returned, or edges that cannot be. */
  | "bad-topology"
  /** A link that no sidecar could make. */
  | "bad-shape"
  /** A value where what a stage returned is needed, or a signal where a value is, or the reverse. */
  | "not-a-handle"
  /** What a stage of another choreography, or of another run of the definition, returned. */
  | "foreign-handle"
  /** A handle or a scope used outside the rounds or the arm it belongs to. */
  | "ended-scope"
  /** A value used at a role that does not have it. */
  | "out-of-reach"
  /** A value that differs from instance to instance where one decides for all. */
  | "not-agreed"
  | "async-definition"
  | "bad-case"
  | "unknown-group"
  | "too-few-instances"
  | "instances-left";

/**
 * A plan that cannot be performed as it is written, or not with the instances there are. Its message
 * names the stage or role, what was found and what to do; it is the author's to fix, never a race.
 */
export class DefinitionError extends Error {
  override readonly name = "DefinitionError";
  readonly code: DefinitionErrorCode;

  constructor(code: DefinitionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
