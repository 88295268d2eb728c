import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { isIPv6 } from "node:net";
import { SyncError } from "../error.ts";

/** `localhost` is either, and programs differ in which they try. */
const LOOPBACK = ["127.0.0.1", "::1"] as const;

/** Where a service listens. */
export interface Listening {
  readonly port: number;
  readonly url: string;
  readonly servers: readonly Server[];
}

/** Listens on an address, or on both of this machine's own for `localhost`. Rejects with `connection` if it cannot. */
export async function listen(host: string, port: number): Promise<Listening> {
  if (host !== "localhost") {
    const server = await listenOn(host, port);
    const found = portOf(server, port);
    const url = `ws://${isIPv6(host) ? `[${host}]` : host}:${found}`;
    return { port: found, url, servers: [server] };
  }
  const first = await listenOn(LOOPBACK[0], port);
  const found = portOf(first, port);
  const servers = [first];
  try {
    servers.push(await listenOn(LOOPBACK[1], found));
  } catch (error) {
    if (!hasNoSuchAddress(error)) {
      await stopListening(servers);
      throw error;
    }
  }
  return { port: found, url: `ws://${LOOPBACK[0]}:${found}`, servers };
}

/** Resolves once the port is free again and no connection is left that is not yet a WebSocket. */
export async function stopListening(servers: readonly Server[]): Promise<void> {
  const closed = servers.map(
    (server) => new Promise<void>((resolve) => server.close(() => resolve())),
  );
  for (const server of servers) server.closeAllConnections();
  await Promise.all(closed);
}

async function listenOn(host: string, port: number): Promise<Server> {
  const http = createServer((_, reply) => {
    reply.writeHead(426, { "content-type": "text/plain" }).end("this is a WebSocket service\n");
  });
  try {
    http.listen({ host, port });
    await once(http, "listening");
    return http;
  } catch (cause) {
    const why =
      codeOf(cause) === "EADDRINUSE"
        ? "the port is in use; stop what listens there, or take another port (0 takes any that is free)"
        : `${codeOf(cause)}; choose another host or port`;
    const message = `the sync service cannot listen on ${host}:${port}: ${why}`;
    throw new SyncError("connection", message, { cause });
  }
}

/** A machine without IPv6. */
function hasNoSuchAddress(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(codeOf(cause));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function portOf(server: Server, wanted: number): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : wanted;
}
