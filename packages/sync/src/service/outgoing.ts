import { WebSocket } from "ws";

/** Above this a stream waits for its client to read; the log stays in the store meanwhile. */
const STREAM_BYTES = 1024 * 1024;
/** So much of streams is sent before others have their turn: a client that reads as fast takes no time from them. */
const TURN_BYTES = 64 * 1024;
/** Above this nothing more is read from a client, whose answers would only add to what it does not read. */
const FULL_BYTES = 2 * 1024 * 1024;

interface Piece {
  readonly text: string;
  readonly signal: AbortSignal;
  taken(): void;
}

/** What the service sends to one client. A client that does not read costs a bounded buffer, and nobody else waits for it. */
export class Outgoing {
  readonly #socket: WebSocket;
  readonly #maxBufferedBytes: number;
  #waiting: Piece[] = [];
  #sentThisTurn = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(socket: WebSocket, maxBufferedBytes: number) {
    this.#socket = socket;
    this.#maxBufferedBytes = maxBufferedBytes;
    socket.on("close", () => this.#flushed());
  }

  /** Ends the connection instead of buffering without a limit. */
  send(text: string): void {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(text, () => this.#flushed());
    if (socket.bufferedAmount > this.#maxBufferedBytes) socket.terminate();
    else if (socket.bufferedAmount > FULL_BYTES) socket.pause();
  }

  /** Resolves once the text is on its way, or nobody wants it any more. Texts of several streams take turns. */
  async stream(text: string, signal: AbortSignal): Promise<void> {
    const { readyState } = this.#socket;
    if (readyState === WebSocket.CLOSED) return;
    if (readyState === WebSocket.OPEN && this.#hasRoom()) this.#sendPiece(text);
    else await new Promise<void>((taken) => this.#waiting.push({ text, signal, taken }));
  }

  #sendPiece(text: string): void {
    this.#sentThisTurn += text.length;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#sentThisTurn = 0;
      this.#flushed();
    });
    this.#socket.send(text, () => this.#flushed());
  }

  #flushed(): void {
    const socket = this.#socket;
    if (socket.isPaused && socket.bufferedAmount <= STREAM_BYTES) socket.resume();
    while (this.#waiting.length > 0 && this.#hasRoom()) {
      const piece = this.#waiting.shift();
      if (piece === undefined) return;
      const isWanted = !piece.signal.aborted && socket.readyState === WebSocket.OPEN;
      if (isWanted) this.#sendPiece(piece.text);
      piece.taken();
    }
  }

  /** A connection that is over takes everything; one that is about to be, nothing more. */
  #hasRoom(): boolean {
    const { readyState, bufferedAmount } = this.#socket;
    if (readyState !== WebSocket.OPEN) return readyState === WebSocket.CLOSED;
    return bufferedAmount <= STREAM_BYTES && this.#sentThisTurn <= TURN_BYTES;
  }
}
