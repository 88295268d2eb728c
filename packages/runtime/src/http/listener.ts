import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { errorText, toError } from "../thrown.ts";
import { processRegistry } from "./process-registry.ts";
import { goneSignal, profilingIndex, sendCpuProfile, sendHeap } from "./profiling.ts";

/** Where Testground's runners publish it; another one where that is taken. */
const PORTS = [6060, 0];

/** Serves an instance's metrics and profiles. */
export interface HttpListener {
  /** `127.0.0.1:6060`. */
  readonly address: string;
  /** Ends what is being answered as well. */
  close(): Promise<void>;
}

/** What there is to serve, and where. */
export interface HttpListenerOptions {
  readonly host: string;
  /** The instance's own metrics, asked for by the first who wants to read them. */
  readonly registry: () => Promise<Registry>;
}

/** Listens on port 6060, or on a free one. Keeps no process alive. Closed by the caller. */
export async function openHttpListener(options: HttpListenerOptions): Promise<HttpListener> {
  const server = createServer((request, response) => {
    // The next instance may have this port, and would be asked over a connection that is none of its own.
    response.shouldKeepAlive = false;
    answer(request, response, options.registry).catch((thrown: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(`${errorText(toError(thrown))}\n`);
    });
  });
  server.on("connection", (socket) => socket.unref());
  await listen(server, options.host, PORTS);
  server.unref();
  const { address, port } = server.address() as AddressInfo;
  return {
    address: `${address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, host: string, [port, ...others]: number[]): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    if (others.length === 0) throw error;
    await listen(server, host, others);
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  registry: () => Promise<Registry>,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://instance");
  const gone = goneSignal(request, response);
  switch (pathname) {
    case "/metrics":
      return sendMetrics(response, await registry());
    case "/debug/pprof":
    case "/debug/pprof/":
      return void response.end(profilingIndex);
    case "/debug/pprof/profile":
      return sendCpuProfile(searchParams, response, gone);
    case "/debug/pprof/heap":
      return sendHeap(searchParams, response, gone);
    default:
      response.writeHead(404).end("there are /metrics and /debug/pprof/\n");
  }
}

/** An instance's own first, then Node's. */
async function sendMetrics(response: ServerResponse, own: Registry): Promise<void> {
  const [mine, node] = [await own.metrics(), await (await processRegistry()).metrics()];
  response.writeHead(200, { "content-type": own.contentType });
  response.end(mine.trim() === "" ? node : `${mine.trimEnd()}\n${node}`);
}
