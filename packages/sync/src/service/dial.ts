import { WebSocket } from "ws";
import { SyncError } from "../error.ts";
import { pending, type Wait } from "../wait.ts";
import { Channel } from "./channel.ts";
import { HELLO, type Hello, helloIn } from "./hello.ts";
import { errorIn } from "./wire-error.ts";

const CONNECT_MS = 5_000;
const WHAT_TO_DO = "start a sync service there (groundplan service), or use another URL";

export interface Dialled {
  readonly channel: Channel;
  /** `undefined` from a service that speaks Testground's protocol only. */
  readonly hello: Hello | undefined;
}

/** Connects and finds out what is there. Leaves nothing behind if it cannot. */
export async function dial(url: string, { signal, timeoutMs }: Wait): Promise<Dialled> {
  signal?.throwIfAborted();
  const name = withoutPassword(url);
  const socket = openSocket(url, name);
  const channel = new Channel(socket, name);
  const wait = { signal, timeoutMs: timeoutMs ?? CONNECT_MS };
  const greeting = pending<Hello | undefined>(
    wait,
    (ms) => `${name} did not answer within ${ms} ms; ${WHAT_TO_DO}`,
  );
  socket.once("error", (cause) => greeting.reject(refused(name, cause)));
  socket.once("open", () => greet(channel, greeting));
  try {
    const hello = await greeting.promise;
    if (hello !== undefined) channel.maxFrameBytes = hello.maxFrameBytes;
    return { channel, hello };
  } catch (error) {
    socket.terminate();
    throw asConnectionError(error);
  }
}

function greet(
  channel: Channel,
  greeting: { resolve(hello: Hello | undefined): void; reject(error: unknown): void },
): void {
  const id = channel.send(HELLO, {
    receive: (frame) => {
      channel.forget(id);
      const error = errorIn(frame, channel.name);
      if (error === undefined) greeting.resolve(helloIn(frame, channel.name));
      else greeting.reject(error);
    },
    fail: (error) => greeting.reject(error),
  });
}

function openSocket(url: string, name: string): WebSocket {
  try {
    return new WebSocket(url, { perMessageDeflate: false });
  } catch (cause) {
    const message = `"${name}" is not the URL of a sync service; use ws://host:5050`;
    throw new SyncError("range", message, { cause });
  }
}

function refused(name: string, cause: Error): SyncError {
  // Without a message when several addresses of a host were tried.
  const why = "code" in cause ? String(cause.code) : cause.message;
  return new SyncError("connection", `cannot connect to ${name}: ${why}; ${WHAT_TO_DO}`, { cause });
}

/** A deadline of the caller's is how this connection failed. */
function asConnectionError(error: unknown): unknown {
  if (!(error instanceof SyncError && error.code === "timeout")) return error;
  return new SyncError("connection", error.message, { cause: error });
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
