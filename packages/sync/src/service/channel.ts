import { WebSocket } from "ws";
import { SyncError } from "../error.ts";
import { type Frame, parseFrame } from "./fields.ts";
import { GO_FRAME_BYTES } from "./go-frame.ts";

/** Who asked, and gets every frame with the request's id. */
export interface Receiver {
  receive(frame: Frame): void;
  /** Nothing will come any more, or what came cannot be understood. */
  fail(error: unknown): void;
}

const CLOSE_MS = 1_000;

/** One connection that carries every operation of the process, told apart by their ids. Once lost, it stays lost. */
export class Channel {
  readonly name: string;
  /** A larger request would cost the connection. */
  maxFrameBytes: number = GO_FRAME_BYTES;
  readonly #socket: WebSocket;
  readonly #receivers = new Map<string, Receiver>();
  #ids = 0;
  #ended: SyncError | undefined;
  #fault: Error | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(socket: WebSocket, name: string) {
    this.name = name;
    this.#socket = socket;
    socket.on("message", (data) => this.#read(data.toString()));
    socket.on("error", (error) => {
      this.#fault = error;
    });
    socket.on("close", (code) => this.#end(this.#lost(code)));
  }

  /** Throws what ended the connection, if something has. */
  checkOpen(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  /** Sends a request, whose body is the JSON text behind the id; returns the id. */
  send(body: string, receiver: Receiver): string {
    this.checkOpen();
    const id = `${this.#ids++}`;
    const text = `{"id":"${id}",${body}}`;
    this.#checkSize(text);
    this.#receivers.set(id, receiver);
    this.#socket.send(text);
    return id;
  }

  /** The request is answered: further frames with its id are ignored. */
  forget(id: string): void {
    this.#receivers.delete(id);
  }

  /** The answer is not wanted any more. Testground's service goes on sending it, ours does not. */
  cancel(id: string): void {
    if (!this.#receivers.delete(id) || this.#ended !== undefined) return;
    this.#socket.send(`{"id":"${id}","is_cancel":true}`);
  }

  /** Asks something harmless again and again: Testground's service ends a connection that is silent for an hour. */
  keepAlive(everyMs: number): void {
    const ask = (): void => {
      if (this.#ended !== undefined) return;
      const id = this.send('"barrier":{"state":"keep-alive","target":0}', {
        receive: () => this.forget(id),
        fail: () => {},
      });
    };
    this.#keepAlive = setInterval(ask, everyMs).unref();
  }

  close(): Promise<void> {
    this.#closing ??= this.#shut();
    return this.#closing;
  }

  async #shut(): Promise<void> {
    this.#end(new SyncError("closed", `${this.name} was closed`));
    const socket = this.#socket;
    if (socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const timer = setTimeout(() => socket.terminate(), CLOSE_MS);
    socket.close();
    await closed;
    clearTimeout(timer);
  }

  #end(error: SyncError): void {
    clearInterval(this.#keepAlive);
    // A closed connection says so, even if it was lost before.
    if (this.#ended === undefined || error.code === "closed") this.#ended = error;
    const receivers = [...this.#receivers.values()];
    this.#receivers.clear();
    for (const receiver of receivers) receiver.fail(error);
  }

  #lost(code: number): SyncError {
    const what = this.#fault?.message ?? `closed with code ${code}`;
    return new SyncError(
      "connection",
      `the connection to ${this.name} was lost: ${what}; is the sync service still running?`,
      { cause: this.#fault },
    );
  }

  #read(text: string): void {
    const frame = parseFrame(text);
    if (frame === undefined) {
      const found = text.slice(0, 80);
      const message = `${this.name} does not speak the protocol of a sync service; it sent: ${found}`;
      this.#end(new SyncError("protocol", message));
      this.#socket.terminate();
      return;
    }
    this.#deliver(String(frame["id"]), frame);
  }

  #deliver(id: string, frame: Frame): void {
    const receiver = this.#receivers.get(id);
    try {
      receiver?.receive(frame);
    } catch (error) {
      this.forget(id);
      receiver?.fail(error);
    }
  }

  #checkSize(text: string): void {
    if (text.length * 3 <= this.maxFrameBytes) return;
    const bytes = Buffer.byteLength(text);
    if (bytes <= this.maxFrameBytes) return;
    throw new SyncError(
      "too-large",
      `the request takes ${bytes} bytes, and ${this.maxFrameBytes} is the most that ${this.name} reads; send a part of it, or where to fetch it`,
    );
  }
}
