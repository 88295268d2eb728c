import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** How the server answers the n-th request, from 0: with a status, or not at all. */
export type Answer = (n: number) => number | "hang" | "reset";

/** Records what is written to it, as InfluxDB would take it. */
export interface InfluxServer {
  readonly url: string;
  /** Method and URL of each request. */
  readonly requests: string[];
  /** The body of each request. */
  readonly bodies: string[];
  /** The lines of those it answered with a success. */
  readonly written: string[];
  close(): Promise<void>;
}

/** Closed with the test. */
export async function influxServer(answer: Answer = () => 204): Promise<InfluxServer> {
  const requests: string[] = [];
  const bodies: string[] = [];
  const written: string[] = [];
  const server = createServer((request, response) => void serve(request, response));
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    const status = answer(requests.length);
    requests.push(`${request.method} ${request.url}`);
    bodies.push(body);
    if (status === "hang") return;
    if (status === "reset") {
      request.socket.resetAndDestroy();
      return;
    }
    if (status < 300) written.push(...body.trimEnd().split("\n"));
    response.writeHead(status).end(status < 300 ? undefined : '{"error":"no such\n luck"}');
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, bodies, written, close };
}

/** The address of nobody. */
export async function silentAddress(): Promise<string> {
  const server = await influxServer();
  await server.close();
  return server.url;
}
