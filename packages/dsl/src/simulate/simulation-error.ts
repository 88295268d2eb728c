/** Why a simulation could not be made, for programs. */
export type SimulationErrorCode =
  /** An option that names what there is not, or makes no sense. */
  | "bad-option"
  /** A fault that names what there is not. */
  | "bad-fault"
  /** Two runs with one seed differ. */
  | "nondeterministic"
  /** The run fails without any fault, so that nothing can be said of one. */
  | "fails-without-faults";

/** A simulation that says nothing of the plan. The message says what is to be changed. */
export class SimulationError extends Error {
  override readonly name = "SimulationError";
  readonly code: SimulationErrorCode;
  /** The stage it is about, if it is about one. */
  readonly stage: string | undefined;

  constructor(code: SimulationErrorCode, message: string, stage?: string) {
    super(message);
    this.code = code;
    this.stage = stage;
  }
}
