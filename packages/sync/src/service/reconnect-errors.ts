import { StateLostError, SyncError } from "../error.ts";

/** What answers at the address is no longer what did before. */
export function anotherService(name: string): SyncError {
  return new SyncError(
    "protocol",
    `another kind of sync service answers at ${name} than before; start the run again`,
  );
}

/** Testground's service is there again, with what it was told or without. */
export function cannotTell(name: string): StateLostError {
  const error = new StateLostError(name, "the service before the loss", "");
  error.message = `the connection to ${name} was lost and made again, and Testground's service cannot tell whether it still knows what it was told; start the run again, or connect with ?afterReconnect=continue if it was not restarted`;
  return error;
}
