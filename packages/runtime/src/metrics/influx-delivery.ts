import type { Agent, IncomingMessage, RequestOptions, request } from "node:http";
import { clip } from "../clip.ts";
import { errorText, toError } from "../thrown.ts";

/** What became of a batch of points. */
type Delivery =
  | { readonly type: "written" }
  /** Sending it again would change nothing. */
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "failed"; readonly reason: string };

/** Sends points somewhere. Closed by whoever opened it. */
export interface Destination {
  /** Never rejects. */
  deliver(body: string, signal: AbortSignal): Promise<Delivery>;
  close(): void;
}

const ATTEMPT_TIMEOUT_MS = 5_000;

interface Transport {
  readonly request: typeof request;
  readonly agent: Agent;
}

/** Writes to the database `testground` of the InfluxDB 1.8 at this address. Nothing is opened before the first batch. */
export function influxDestination(base: URL, timeoutMs: number = ATTEMPT_TIMEOUT_MS): Destination {
  const url = writeUrl(base);
  let transport: Transport | undefined;
  return {
    async deliver(body, signal) {
      transport ??= await openTransport(url.protocol === "https:");
      return await post(
        transport,
        url,
        body,
        AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]),
      );
    },
    close: () => transport?.agent.destroy(),
  };
}

function writeUrl(base: URL): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/write`;
  url.search = "?db=testground&precision=ns";
  return url;
}

async function openTransport(isSecure: boolean): Promise<Transport> {
  const { Agent, request } = isSecure ? await import("node:https") : await import("node:http");
  return { request, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
}

function post(
  { request, agent }: Transport,
  url: URL,
  body: string,
  signal: AbortSignal,
): Promise<Delivery> {
  const bytes = Buffer.from(body);
  const headers = { "content-type": "text/plain; charset=utf-8", "content-length": bytes.length };
  const options: RequestOptions = { method: "POST", agent, signal, headers };
  return new Promise((resolve) => {
    const fail = (thrown: unknown): void => resolve({ type: "failed", reason: reasonOf(thrown) });
    const sent = request(url, options, (response) => {
      read(response).then(resolve, fail);
    });
    sent.on("error", fail);
    // Metrics are no reason to keep a process alive.
    sent.on("socket", (socket) => void socket.unref());
    sent.end(bytes);
  });
}

async function read(response: IncomingMessage): Promise<Delivery> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    if (text.length < MAX_REASON) text += String(chunk);
  }
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { type: "written" };
  const reason = clip(`status ${status} ${text.replace(/\s+/g, " ").trim()}`.trim(), MAX_REASON);
  const isPassing = status >= 500 || status === 408 || status === 429;
  return { type: isPassing ? "failed" : "refused", reason };
}

const MAX_REASON = 300;

function reasonOf(thrown: unknown): string {
  const error = toError(thrown);
  if (error.name === "AbortError" || error.name === "TimeoutError") return "no answer in time";
  // One for each address of the name.
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return errorText(error);
}
