import { countOutOfRange } from "../atoms/counter-target.ts";
import { requestWasOver } from "../atoms/settled.ts";
import { StateLostError, SyncError } from "../error.ts";

/** What the negative statuses of the scripts mean. */
const STATUSES: Readonly<
  Record<number, (store: string, epoch: string, detail: unknown) => SyncError>
> = {
  [-1]: (store, epoch, found) => new StateLostError(store, epoch, String(found)),
  [-2]: (_store, _epoch, counter) => countOutOfRange(String(counter)),
  [-3]: (_store, _epoch, key) => requestWasOver(String(key)),
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

/** Enough for everything that a process of a run does; docs/redis.md explains them. */
const RIGHTS =
  "~run:* ~gp:* &gp:* +@read +@write +@connection -@dangerous +eval +evalsha +publish +subscribe +unsubscribe +time";

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "nothing listens there; start a Redis, or correct the host and port"],
  [/ENOTFOUND|EAI_AGAIN/, "no such host; correct its name"],
  [
    /WRONGPASS|NOAUTH|invalid password/i,
    "give the user and password that it knows: redis://user:password@host",
  ],
  [/NOPERM/, `let the user have ${RIGHTS}`],
  [/MOVED|node of a cluster/, "use redis+cluster://, with any of its nodes as hosts"],
  [/cluster support disabled/, "use redis://, because it is no cluster"],
  [/no node of the cluster|CLUSTERDOWN/, "are all its slots served? see redis-cli cluster info"],
  [/it is a Sentinel/, "use redis+sentinel://host:26379/primary"],
  [/unknown command.*SENTINEL/i, "use redis://, because no Sentinel listens there"],
  [/primary named/, "correct the name at the end of the URL; see redis-cli SENTINEL MASTERS"],
  [/ENOENT/, "no such socket; start a Redis with unixsocket, or correct the path"],
  [/EACCES/, "give this user access to the socket, with unixsocketperm"],
  [/max number of clients/, "raise its maxclients, or start fewer processes"],
  [/EPIPE|ECONNRESET|Connection is closed/, "it hung up at once; has it reached its maxclients?"],
  [/DB index/, "correct the database number at the end of the URL"],
  [/RESP3/, "use Redis 6 or later, with HELLO not renamed"],
  [
    /EAGAIN/,
    "its queue of new connections is full; raise its tcp-backlog and the system's somaxconn, or start fewer processes at once",
  ],
  [/did not answer/, "is it a Redis, and not too busy?"],
  [
    /self.signed|unable to (verify|get)|altname|certificate has expired/i,
    "name its authority by ?ca=/path/to/ca.pem, or trust any by ?insecure=true",
  ],
  [/certificate required/, "name this client's certificate by ?cert=/path/to/pem&key=/path/to/key"],
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

/**
 * Among them what is the answer to a connection, given to all commands that waited for it, and what a cluster says while
 * one of its nodes is gone.
 */
const PASSING =
  /max number of clients|Connection is closed|Too many Cluster redirections|CLUSTERDOWN|None of startup nodes/;

/** Whether the command may succeed once another connection is made. */
export function isPassing(error: unknown): boolean {
  return PASSING.test(textOf(error));
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of several addresses tried, such as ::1 and 127.0.0.1, each has an error, and the whole has no message.
  if (error instanceof AggregateError) return error.errors.map(textOf).join(", ");
  return error.message;
}
