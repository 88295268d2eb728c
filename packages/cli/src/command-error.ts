/** Exit codes of the command, beside 0 for success. */
export const EXIT = { failure: 1, usage: 2, infrastructure: 3, interrupted: 130 } as const;

/** Ends the command with an exit code and one paragraph: what is wrong, and what to do. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

/** The user's to correct: a file, an argument, a plan. */
export function usage(message: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.usage, message, { cause });
}

/** Something the run needs is not there: a store, a port. */
export function infrastructure(message: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.infrastructure, message, { cause });
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
