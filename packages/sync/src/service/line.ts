import { WebSocket } from "ws";
import { SyncError } from "../error.ts";
import { type Frame, parseFrame } from "./fields.ts";

export interface LineListener {
  receive(frame: Frame): void;
  /** Nothing will come any more. Called once. */
  lost(error: SyncError): void;
}

const CLOSE_MS = 1_000;
const WHAT_TO_DO = "start a sync service there (groundplan service), or use another URL";

/** One WebSocket connection to a sync service. Over, it stays over. */
export class Line {
  readonly name: string;
  readonly #socket: WebSocket;
  #listener: LineListener;
  #wasOpen = false;
  #fault: Error | undefined;
  #lost: SyncError | undefined;
  #pulse: NodeJS.Timeout | undefined;
  #checkedAt = 0;
  #isHeard = true;

  constructor(socket: WebSocket, name: string, listener: LineListener) {
    this.name = name;
    this.#socket = socket;
    this.#listener = listener;
    socket.on("open", () => {
      this.#wasOpen = true;
    });
    socket.on("message", (data) => this.#read(data.toString()));
    socket.on("pong", () => {
      this.#isHeard = true;
    });
    socket.on("error", (error) => {
      this.#fault ??= error;
    });
    socket.on("close", (code) => this.#end(this.#lostBy(code)));
  }

  /** Another hears what comes from now on; at once if nothing will. */
  handOver(listener: LineListener): void {
    this.#listener = listener;
    if (this.#lost !== undefined) listener.lost(this.#lost);
  }

  /** Throws what ended the connection, if something has. */
  checkAlive(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  send(text: string): void {
    // What cannot be sent ends the connection, and that is heard of.
    this.#socket.send(text, () => {});
  }

  /** Ends the connection within twice that time if the other side is not there any more: a dead network closes nothing. */
  watch(everyMs: number): void {
    clearInterval(this.#pulse);
    this.#checkedAt = performance.now();
    // After the input that has come meanwhile, which a busy process has not read yet.
    const check = (): void => void setImmediate(() => this.#check(everyMs));
    this.#pulse = setInterval(check, everyMs).unref();
  }

  cut(): void {
    this.#socket.terminate();
  }

  /** Resolves once the connection is over: within a second, whether the other side answers or not. */
  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const timer = setTimeout(() => socket.terminate(), CLOSE_MS);
    socket.close();
    await closed;
    clearTimeout(timer);
  }

  #check(everyMs: number): void {
    if (this.#lost !== undefined) return;
    const now = performance.now();
    // Then it was this process that did not listen.
    const isLate = now - this.#checkedAt > 2 * everyMs;
    this.#checkedAt = now;
    if (!this.#isHeard && !isLate) {
      this.#fault = new Error(`nothing was heard for ${everyMs} ms although it was asked`);
      this.#socket.terminate();
      return;
    }
    this.#isHeard = false;
    this.#socket.ping(undefined, undefined, () => {});
  }

  #read(text: string): void {
    if (this.#lost !== undefined) return;
    this.#isHeard = true;
    const frame = parseFrame(text);
    if (frame !== undefined) {
      this.#listener.receive(frame);
      return;
    }
    const found = text.slice(0, 80);
    const message = `${this.name} does not speak the protocol of a sync service; it sent: ${found}`;
    this.#end(new SyncError("protocol", message));
    this.#socket.terminate();
  }

  #end(error: SyncError): void {
    if (this.#lost !== undefined) return;
    clearInterval(this.#pulse);
    this.#lost = error;
    this.#listener.lost(error);
  }

  #lostBy(code: number): SyncError {
    const cause = this.#fault;
    if (!this.#wasOpen) {
      const why = cause === undefined ? `closed with code ${code}` : reasonOf(cause);
      const message = `cannot connect to ${this.name}: ${why}; ${WHAT_TO_DO}`;
      return new SyncError("connection", message, { cause });
    }
    const what = cause?.message ?? `closed with code ${code}`;
    return new SyncError(
      "connection",
      `the connection to ${this.name} was lost: ${what}; is the sync service still running?`,
      { cause },
    );
  }
}

/** Without a message when several addresses of a host were tried. */
function reasonOf(error: Error): string {
  return "code" in error ? String(error.code) : error.message;
}
