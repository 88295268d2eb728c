import { once } from "node:events";
import { type ClientOptions, WebSocket } from "ws";

/** A client that knows nothing of our own: frames out as they are given, frames in as they came. */
export class RawClient implements AsyncDisposable {
  readonly socket: WebSocket;
  /** The code that the connection was closed with. */
  readonly closed: Promise<number>;
  readonly #received: string[] = [];
  readonly #takers: ((text: string) => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("message", (data, isBinary) => {
      if (isBinary) throw new Error("the service answers in text");
      const text = data.toString();
      const take = this.#takers.shift();
      if (take === undefined) this.#received.push(text);
      else take(text);
    });
  }

  static async connect(url: string, options: ClientOptions = {}): Promise<RawClient> {
    const socket = new WebSocket(url, options);
    const client = new RawClient(socket);
    await once(socket, "open");
    return client;
  }

  send(frame: object | string | Buffer): void {
    const isRaw = typeof frame === "string" || Buffer.isBuffer(frame);
    this.socket.send(isRaw ? frame : JSON.stringify(frame));
  }

  /** The next frame, as text. */
  next(): Promise<string> {
    const text = this.#received.shift();
    if (text !== undefined) return Promise.resolve(text);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  async nextFrame(): Promise<Response> {
    return JSON.parse(await this.next());
  }

  async nextFrames(count: number): Promise<Response[]> {
    const frames: Response[] = [];
    while (frames.length < count) frames.push(await this.nextFrame());
    return frames;
  }

  /** What the service sends before it answers this question: everything it had to send. */
  async rest(): Promise<Response[]> {
    this.send({ id: "rest", barrier: { state: "x", target: 0 } });
    const frames: Response[] = [];
    for (;;) {
      const frame = await this.nextFrame();
      if (frame.id === "rest") return frames;
      frames.push(frame);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

export interface Response {
  readonly id: string;
  readonly error: string;
  readonly publish: { readonly seq: number } | null;
  readonly subscribe: string;
  readonly signal_entry: { readonly seq: number } | null;
}

export const publish = (id: string, topic: string, payload: unknown) => ({
  id,
  publish: { topic, payload },
});
export const subscribe = (id: string, topic: string) => ({ id, subscribe: { topic } });
export const barrier = (id: string, state: string, target: number | null) => ({
  id,
  barrier: { state, target },
});
export const signal = (id: string, state: string) => ({ id, signal_entry: { state } });
