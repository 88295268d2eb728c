import type { RedisOptions } from "ioredis";

export const CONNECT_MS = 5_000;

export type ClientOptions = RedisOptions & { replyMapping: "legacy" };

/** Of every client that carries scripts or subscriptions. */
export const CLIENT_OPTIONS: ClientOptions = {
  protocol: 3,
  replyMapping: "legacy",
  lazyConnect: true,
  // Done when the connection is ready, by ourselves: an acknowledgement, and no unhandled rejection.
  autoResubscribe: false,
  // Harmless, because a script that is sent twice counts once.
  autoResendUnfulfilledCommands: true,
  // Each call has its own deadline.
  maxRetriesPerRequest: null,
  enableReadyCheck: false,
  disableClientInfo: true,
  connectionName: `groundplan:${process.pid}`,
  connectTimeout: CONNECT_MS,
  // Who disconnects destroys the socket, which leaves nothing to wait for.
  disconnectTimeout: 0,
  keepAlive: 10_000,
  noDelay: true,
  // Notices a connection that is only half open.
  socketTimeout: 8_000,
  // Sends the command again on a new connection.
  reconnectOnError: (error) => (/^(READONLY|LOADING)/.test(error.message) ? 2 : false),
};
