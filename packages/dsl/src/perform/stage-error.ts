/** What ended the stage, for programs. */
export type StageErrorCode =
  | "body-failed"
  | "body-timeout"
  | "wait-timeout"
  | "run-timeout"
  | "join-timeout"
  | "different-plans"
  | "roles-do-not-fit"
  | "surplus-instance"
  | "not-json"
  | "schema"
  /** A list to be dealt out that has more values than there are members, or fewer. */
  | "wrong-length"
  /** A repeat that has had all its rounds. */
  | "repeat-limit"
  /** What decides a branch or a repeat is neither true nor false. */
  | "bad-decision"
  /** A network to be shaped in a run that has no sidecar. */
  | "no-sidecar"
  /** A sidecar that has not said that it shaped the network. */
  | "sidecar-silent"
  /** A link that no sidecar could make. */
  | "bad-shape"
  /** Edges that cannot be. */
  | "bad-topology"
  /** The others go on without this instance, which they take for dead. */
  | "lost"
  | "store";

/** An instance that could not finish a stage. The message names the stage and what was found. */
export class StageError extends Error {
  readonly code: StageErrorCode;
  readonly stage: string;

  constructor(code: StageErrorCode, stage: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StageError";
    this.code = code;
    this.stage = stage;
  }
}
