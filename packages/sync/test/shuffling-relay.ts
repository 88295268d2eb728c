import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import { Random } from "./faults/random.ts";

/** How long frames gather until they go on in another order. */
const WINDOW_MS = 3;

interface RelayOptions {
  readonly seed: number;
  /**
   * As Testground's service, which handles each request in a thread of its own and knows no extension. Otherwise
   * requests go on in their order, and only the answers do not.
   */
  readonly isTestgrounds: boolean;
}

/** Stands before a sync service and answers out of order; of one request, what is answered keeps its order. */
export class ShufflingRelay implements AsyncDisposable {
  readonly #server: WebSocketServer;
  readonly #options: RelayOptions;
  readonly #random: Random;
  #moved = 0;

  static async start(service: string, options: RelayOptions): Promise<ShufflingRelay> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    return new ShufflingRelay(server, service, options);
  }

  private constructor(server: WebSocketServer, service: string, options: RelayOptions) {
    this.#server = server;
    this.#options = options;
    this.#random = new Random(options.seed);
    server.on("connection", (client) => this.#accept(client, new WebSocket(service)));
  }

  get url(): string {
    const address = this.#server.address();
    return `ws://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  /** How many frames were overtaken by one that came later. */
  get moved(): number {
    return this.#moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: WebSocket, service: WebSocket): void {
    const isOpen = once(service, "open");
    const ask = this.#gather(this.#options.isTestgrounds, async (text) => {
      await isOpen;
      service.send(text);
    });
    const answer = this.#gather(true, async (text) => client.send(text));
    client.on("message", (data) => ask(this.#asAsked(String(data))));
    service.on("message", (data) => answer(String(data)));
    client.on("close", () => service.terminate());
    service.on("close", () => client.terminate());
  }

  #asAsked(text: string): string {
    if (!this.#options.isTestgrounds) return text;
    const { hello: _, ...known } = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify(known);
  }

  /** Passes frames on, those of a window in a random order. */
  #gather(isShuffled: boolean, pass: (text: string) => Promise<void>): (text: string) => void {
    let window: string[] = [];
    const flush = async (): Promise<void> => {
      await pause(WINDOW_MS);
      const frames = window;
      window = [];
      for (const text of isShuffled ? this.#shuffled(frames) : frames) await pass(text);
    };
    return (text) => {
      if (window.push(text) === 1) void flush();
    };
  }

  /** The frames of one id stay in their order. */
  #shuffled(frames: readonly string[]): readonly string[] {
    const ids = frames.map((text) => String(JSON.parse(text).id));
    const byId = new Map(ids.map((id) => [id, frames.filter((_, i) => ids[i] === id)]));
    const ranked = ids.map((id) => ({ id, rank: this.#random.next() }));
    const shuffled = ranked
      .toSorted((one, other) => one.rank - other.rank)
      .map(({ id }) => byId.get(id)?.shift() ?? "");
    this.#moved += shuffled.filter((text, i) => text !== frames[i]).length;
    return shuffled;
  }
}
