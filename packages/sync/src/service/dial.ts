import { WebSocket } from "ws";
import { SyncError } from "../error.ts";
import { type Pending, pending, type Wait } from "../wait.ts";
import type { Frame } from "./fields.ts";
import { HELLO_ID, type Hello, helloFrame, helloIn } from "./hello.ts";
import { Line } from "./line.ts";
import { errorIn } from "./wire-error.ts";

const CONNECT_MS = 5_000;

/** Where a service listens, and who calls. */
export interface Target {
  readonly url: string;
  /** The URL as it may be shown. */
  readonly name: string;
  /** The same on every connection of one client: what it has in the service stays its own. */
  readonly client: string;
}

export interface Dialled {
  readonly line: Line;
  /** `undefined` from a service that speaks Testground's protocol only. */
  readonly hello: Hello | undefined;
}

/** Connects and finds out what is there. Leaves nothing behind if it cannot. */
export async function dial(target: Target, { signal, timeoutMs }: Wait): Promise<Dialled> {
  signal?.throwIfAborted();
  const { name } = target;
  const socket = openSocket(target);
  const greeting = pending<Hello | undefined>(
    { signal, timeoutMs: timeoutMs ?? CONNECT_MS },
    (ms) => `${name} did not answer within ${ms} ms; is a sync service listening there?`,
  );
  const line = new Line(socket, name, {
    receive: (frame) => answer(greeting, frame, name),
    lost: (error) => greeting.reject(error),
  });
  socket.once("open", () => line.send(helloFrame(target.client)));
  try {
    return { line, hello: await greeting.promise };
  } catch (error) {
    line.cut();
    throw asConnectionError(error);
  }
}

function answer(greeting: Pending<Hello | undefined>, frame: Frame, name: string): void {
  if (frame["id"] !== HELLO_ID) return;
  try {
    const error = errorIn(frame, name);
    if (error !== undefined) throw error;
    greeting.resolve(helloIn(frame, name));
  } catch (error) {
    greeting.reject(error);
  }
}

function openSocket({ url, name }: Target): WebSocket {
  try {
    return new WebSocket(url, { perMessageDeflate: false });
  } catch (cause) {
    const message = `"${name}" is not the URL of a sync service; use ws://host:5050`;
    throw new SyncError("range", message, { cause });
  }
}

/** A deadline of the caller's is how this connection failed. */
function asConnectionError(error: unknown): unknown {
  if (!(error instanceof SyncError && error.code === "timeout")) return error;
  return new SyncError("connection", error.message, { cause: error });
}
