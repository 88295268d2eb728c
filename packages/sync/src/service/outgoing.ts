import { WebSocket } from "ws";

/** Above this a stream waits for its client to read; the log stays in the store meanwhile. */
const STREAM_BYTES = 1024 * 1024;

/** What the service sends to one client. A client that does not read costs a bounded buffer, and nobody else waits for it. */
export class Outgoing {
  readonly #socket: WebSocket;
  readonly #maxBufferedBytes: number;

  constructor(socket: WebSocket, maxBufferedBytes: number) {
    this.#socket = socket;
    this.#maxBufferedBytes = maxBufferedBytes;
  }

  /** Ends the connection instead of buffering without a limit. */
  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > this.#maxBufferedBytes) this.#socket.terminate();
  }

  /** Resolves once there is room for more, or nobody to send to. */
  async stream(text: string): Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return;
    const flushed = new Promise<void>((resolve) => socket.send(text, () => resolve()));
    if (socket.bufferedAmount > STREAM_BYTES) await flushed;
  }
}
