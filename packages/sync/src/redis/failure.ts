import { StateLostError, SyncError } from "../error.ts";

/** What the negative statuses of the scripts mean. */
const STATUSES: Readonly<
  Record<number, (store: string, epoch: string, detail: unknown) => SyncError>
> = {
  [-1]: (store, epoch, found) => new StateLostError(store, epoch, String(found)),
};

export function statusError(
  store: string,
  epoch: string,
  status: number,
  detail: unknown,
): SyncError {
  const known = STATUSES[status];
  if (known !== undefined) return known(store, epoch, detail);
  return new SyncError("protocol", `${store} answered with the unknown status ${status}`);
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "nothing listens there; start a Redis, or correct the host and port"],
  [/ENOTFOUND|EAI_AGAIN/, "no such host; correct its name"],
  [
    /WRONGPASS|NOAUTH|invalid password/i,
    "give the user and password that it knows: redis://user:password@host",
  ],
  [/NOPERM/, "let the user have ~run:* ~gp:* &gp:* +@scripting +@pubsub +@connection +scan"],
  [/max number of clients/, "raise its maxclients, or start fewer processes"],
  [/EPIPE|ECONNRESET|Connection is closed/, "it hung up at once; has it reached its maxclients?"],
  [/DB index/, "correct the database number at the end of the URL"],
  [/RESP3/, "use Redis 6 or later, with HELLO not renamed"],
  [/did not answer/, "is it a Redis, and not too busy?"],
  [/certificate|SSL|TLS|wrong version number/i, "use redis:// or rediss://, as the server does"],
];

/** No connection could be made, or it cannot be used. */
export function unreachable(store: string, found: unknown): SyncError {
  const what = textOf(found);
  const advice = ADVICE.find(([pattern]) => pattern.test(what))?.[1] ?? "is a Redis running there?";
  return new SyncError("connection", `cannot use ${store}: ${what}; ${advice}`, { cause: found });
}

/** The server answered a command with an error. */
export function refused(store: string, command: string, error: unknown): SyncError {
  const what = textOf(error);
  if (/WRONGPASS|NOAUTH|NOPERM|max number of clients/.test(what)) return unreachable(store, error);
  return new SyncError(
    "protocol",
    `${store} refused ${command}: ${what}; does something else write to the keys of this run?`,
    { cause: error },
  );
}

/** Whether the command may succeed once another connection is made. */
export function isPassing(error: unknown): boolean {
  // The answer to the connection, given to all commands that waited for it.
  return /max number of clients/.test(textOf(error));
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of several addresses tried, such as ::1 and 127.0.0.1, each has an error, and the whole has no message.
  if (error instanceof AggregateError) return error.errors.map(textOf).join(", ");
  return error.message;
}
