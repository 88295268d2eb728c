import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { isIPv6 } from "node:net";
import { WebSocketServer } from "ws";
import type { Store } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { MAX_VALUE_BYTES } from "../limits.ts";
import type { Frame } from "./fields.ts";
import { HELLO_VERSION } from "./hello.ts";
import { Peer } from "./peer.ts";

export interface ServiceOptions {
  /** The address to listen on; `127.0.0.1` unless given. */
  readonly host?: string;
  /** 5050, as Testground's own service, unless given; 0 takes any that is free. */
  readonly port?: number;
  /** The largest request in bytes: a client that sends a larger one loses its connection. 2 MiB and 64 KiB unless given. */
  readonly maxFrameBytes?: number;
  /** How much may wait in memory for a client that does not read, in bytes, before its connection is ended. 64 MiB unless given. */
  readonly maxBufferedBytes?: number;
  /** `false` to speak Testground's protocol and nothing else; `true` unless given. */
  readonly extension?: boolean;
}

/** A running sync service. Closed by who started it. */
export interface SyncService extends AsyncDisposable {
  /** What clients connect to, such as `ws://127.0.0.1:5050`. */
  readonly url: string;
  readonly port: number;
  /** How many clients are connected now. */
  readonly connections: number;
  /** Ends every connection and its waits, and stops listening. Leaves the store open. May be called twice. */
  close(): Promise<void>;
}

// A value of the largest size, each of its characters escaped, and the rest of the request.
const MAX_FRAME_BYTES = 2 * MAX_VALUE_BYTES + 64 * 1024;
const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;

/**
 * Offers a store over the protocol of Testground's sync service, to instances in any language, and with an extension
 * of it that gives Groundplan's clients everything the store has.
 * Rejects with a `SyncError` `connection` when it cannot listen.
 */
export async function serveSync(store: Store, options: ServiceOptions = {}): Promise<SyncService> {
  const { host = "127.0.0.1", port: wanted = 5050, maxFrameBytes = MAX_FRAME_BYTES } = options;
  const { maxBufferedBytes = MAX_BUFFERED_BYTES, extension = true } = options;
  const http = createServer((_, reply) => {
    reply.writeHead(426, { "content-type": "text/plain" }).end("this is a WebSocket service\n");
  });
  const port = await listen(http, host, wanted);
  const hello = extension ? greeting(store, maxFrameBytes) : undefined;
  const peers = new Set<Peer>();
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
  });
  sockets.on("connection", (socket) => {
    const peer = new Peer(socket, { store, maxBufferedBytes, hello });
    peers.add(peer);
    socket.on("close", () => peers.delete(peer));
  });
  http.on("upgrade", (request, socket, head) =>
    sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit("connection", ws, request)),
  );
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= shut(http, peers);
    return closing;
  };
  return {
    url: `ws://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    port,
    get connections() {
      return peers.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function greeting(store: Store, maxFrameBytes: number): Frame {
  return {
    version: HELLO_VERSION,
    features: [...store.features],
    maxValueBytes: Math.min(MAX_VALUE_BYTES, Math.floor(maxFrameBytes / 2)),
    maxFrameBytes,
    store: store.name,
  };
}

async function listen(http: Server, host: string, port: number): Promise<number> {
  try {
    http.listen({ host, port });
    await once(http, "listening");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
    const why =
      code === "EADDRINUSE"
        ? "the port is in use; stop what listens there, or take another port (0 takes any that is free)"
        : `${code}; choose another host or port`;
    const message = `the sync service cannot listen on ${host}:${port}: ${why}`;
    throw new SyncError("connection", message, { cause });
  }
  const address = http.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

async function shut(http: Server, peers: ReadonlySet<Peer>): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  for (const peer of [...peers]) peer.close();
  http.closeAllConnections();
  await closed;
}
