import { type WebSocket, WebSocketServer } from "ws";
import type { Store } from "../atoms/store.ts";
import { MAX_VALUE_BYTES } from "../limits.ts";
import type { Frame } from "./fields.ts";
import { HELLO_VERSION } from "./hello.ts";
import { type Listening, listen, stopListening } from "./listeners.ts";
import { Peer } from "./peer.ts";
import { Places } from "./place.ts";
import type { ServiceLimits } from "./request-limits.ts";

export interface ServiceOptions {
  /** The address to listen on; `127.0.0.1` unless given. `localhost` is both of this machine's, IPv4 and IPv6. */
  readonly host?: string;
  /** 5050, as Testground's own service, unless given; 0 takes any that is free. */
  readonly port?: number;
  /** The largest request in bytes: a client that sends a larger one loses its connection. 2 MiB and 64 KiB unless given. */
  readonly maxFrameBytes?: number;
  /** How much may wait in memory for a client that does not read, in bytes, before its connection is ended. 64 MiB unless given. */
  readonly maxBufferedBytes?: number;
  /**
   * How many requests of one connection may be without an answer, waits and subscriptions among them, and how many runs
   * it may have open; 65,536 unless given. One more is answered with an error.
   */
  readonly maxRequests?: number;
  /** How many subscriptions one connection may have; 16,384 unless given. One more is answered with an error. */
  readonly maxSubscriptions?: number;
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
const MAX_REQUESTS = 65_536;
const MAX_SUBSCRIPTIONS = 16_384;

/** How long a connection is silent before the system looks whether its other end still is there. */
const PROBE_AFTER_MS = 30_000;

/**
 * Offers a store over the protocol of Testground's sync service, to instances in any language, and with an extension
 * of it that gives Groundplan's clients everything the store has.
 * Rejects with a `SyncError` `connection` when it cannot listen.
 */
export async function serveSync(store: Store, options: ServiceOptions = {}): Promise<SyncService> {
  const { host = "127.0.0.1", port = 5050, maxFrameBytes = MAX_FRAME_BYTES } = options;
  const limits = limitsIn(options);
  const listening = await listen(host, port);
  const hello = options.extension === false ? undefined : greeting(store, maxFrameBytes);
  const places = new Places(store, limits.maxRequests);
  const peers = new Set<Peer>();
  accept(listening, maxFrameBytes, (socket) => {
    const peer = new Peer(socket, { store, places, limits, hello });
    peers.add(peer);
    socket.on("close", () => peers.delete(peer));
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= shut(listening, peers, places);
    return closing;
  };
  return {
    url: listening.url,
    port: listening.port,
    get connections() {
      return peers.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function limitsIn(options: ServiceOptions): ServiceLimits {
  const {
    maxBufferedBytes = MAX_BUFFERED_BYTES,
    maxRequests = MAX_REQUESTS,
    maxSubscriptions = MAX_SUBSCRIPTIONS,
  } = options;
  return { maxBufferedBytes, maxRequests, maxSubscriptions };
}

function accept(
  { servers }: Listening,
  maxPayload: number,
  connected: (socket: WebSocket) => void,
): void {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload });
  for (const server of servers) {
    server.on("connection", (socket) => socket.setKeepAlive(true, PROBE_AFTER_MS));
    server.on("upgrade", (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, connected),
    );
  }
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

async function shut(
  { servers }: Listening,
  peers: ReadonlySet<Peer>,
  places: Places,
): Promise<void> {
  const closed = stopListening(servers);
  for (const peer of [...peers]) peer.close();
  places.close();
  await closed;
}
