import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Pace } from "./flow.ts";
import { Link } from "./link.ts";

/** A request that the network keeps. */
export interface HeldRequest {
  readonly text: string;
  /** Delivers it on a connection of its own; resolves once the server has answered, or does not mean to. */
  deliver(): Promise<void>;
}

const ANSWER_MS = 500;

const AT_ONCE: Pace = { delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };

/**
 * Stands between clients and a TCP server on this machine, and does to them what networks do. It knows nothing of what
 * they say: a request is what a client sends in one piece, a reply what the server does.
 */
export class FaultProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #target: number;
  readonly #links = new Set<Link>();
  readonly #stranded = new Set<Link>();
  #pace: Pace = AT_ONCE;
  #refuses = false;
  #isBlackhole = false;
  /** Those that lost a reply: what came after it would answer another question. */
  #losing: Set<Link> | undefined;
  #commits = 0;
  #toHold: { readonly text: string; resolve(request: HeldRequest): void }[] = [];
  #kept: { readonly link: Link; readonly bytes: Buffer }[] | undefined;
  #connections = 0;
  #lostReplies = 0;

  static async start(targetPort: number): Promise<FaultProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FaultProxy(server, targetPort);
  }

  private constructor(server: Server, target: number) {
    const address = server.address();
    this.#server = server;
    this.#target = target;
    this.port = typeof address === "object" ? (address?.port ?? 0) : 0;
    server.on("connection", (client) => this.#accept(client));
  }

  /** As the address of a Redis. */
  get redisUrl(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** As the address of a sync service. */
  get serviceUrl(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Connections taken so far, those that are over among them. */
  get connections(): number {
    return this.#connections;
  }

  get lostReplies(): number {
    return this.#lostReplies;
  }

  /** Every byte takes that much longer, in both directions. */
  delay(ms: number): void {
    this.#pace = { ...this.#pace, delayMs: ms };
  }

  throttle(bytesPerSecond: number): void {
    this.#pace = { ...this.#pace, bytesPerSecond };
  }

  /** Ends every connection. New ones are taken. */
  cut(): void {
    for (const link of [...this.#links]) link.cut();
  }

  /**
   * Nothing gets through and nothing is closed. `established`: for the connections there are, for good, as when a
   * middlebox forgets them. `all`: until {@link heal}, which lets through what was sent meanwhile, as TCP does.
   */
  blackhole(which: "established" | "all" = "all"): void {
    for (const link of this.#links) link.block();
    if (which === "all") {
      this.#isBlackhole = true;
      return;
    }
    for (const link of this.#links) this.#stranded.add(link);
    this.#links.clear();
  }

  /** Requests pass, their replies are lost, until {@link heal} cuts the connections that lost some. */
  dropReplies(): void {
    this.#losing ??= new Set();
  }

  /** The next request passes; its reply is lost, and the connection with it. */
  commitThenDrop(): void {
    this.#commits++;
  }

  /** Keeps the next request, or the next that has the text, and cuts its connection: the client will say it again. */
  holdRequest(text = ""): Promise<HeldRequest> {
    return new Promise((resolve) => this.#toHold.push({ text, resolve }));
  }

  /** Keeps all replies until {@link releaseReplies}. */
  holdReplies(): void {
    this.#kept ??= [];
  }

  get heldReplies(): string {
    return (this.#kept ?? []).map(({ bytes }) => String(bytes)).join("");
  }

  /** Sends on, in one piece for each connection, what was kept. */
  releaseReplies(): void {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    for (const link of new Set(kept.map((reply) => reply.link))) {
      const mine = kept.filter((reply) => reply.link === link);
      link.reply(Buffer.concat(mine.map(({ bytes }) => bytes)));
    }
  }

  /** Cuts all connections and takes none, for so long or until {@link heal}. */
  async refuse(ms?: number): Promise<void> {
    this.#refuses = true;
    this.cut();
    if (ms === undefined) return;
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#refuses = false;
  }

  /** A network without faults from now on. Requests that were held stay so. */
  heal(): void {
    this.#pace = AT_ONCE;
    this.#refuses = false;
    this.#commits = 0;
    this.#toHold = [];
    const losing = this.#losing ?? [];
    this.#losing = undefined;
    for (const link of losing) link.cut();
    this.releaseReplies();
    if (this.#isBlackhole) for (const link of this.#links) link.unblock();
    this.#isBlackhole = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of [...this.#links, ...this.#stranded]) link.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    this.#connections++;
    const link = new Link(client, connect(this.#target, "127.0.0.1"), {
      pace: () => this.#pace,
      passesRequest: (bytes, from) => this.#passesRequest(bytes, from),
      passesReply: (bytes, from) => this.#passesReply(bytes, from),
      closed: (ended) => {
        this.#links.delete(ended);
        this.#stranded.delete(ended);
        this.#losing?.delete(ended);
      },
    });
    this.#links.add(link);
    if (this.#refuses) link.cut();
    if (this.#isBlackhole) link.block();
  }

  #passesRequest(bytes: Buffer, link: Link): boolean {
    const holder = this.#toHold.find(({ text }) => bytes.includes(text));
    if (holder === undefined) return true;
    this.#toHold.splice(this.#toHold.indexOf(holder), 1);
    link.cut();
    holder.resolve({ text: String(bytes), deliver: () => deliver(bytes, this.#target) });
    return false;
  }

  #passesReply(bytes: Buffer, link: Link): boolean {
    if (this.#kept !== undefined) {
      this.#kept.push({ link, bytes });
      return false;
    }
    if (this.#losing !== undefined) {
      this.#losing.add(link);
      this.#lostReplies++;
      return false;
    }
    if (this.#commits === 0) return true;
    this.#commits--;
    this.#lostReplies++;
    link.cut();
    return false;
  }
}

async function deliver(bytes: Buffer, port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  const patience = AbortSignal.timeout(ANSWER_MS);
  try {
    socket.write(bytes);
    // Part of a request gets no answer, and a server that is down none either.
    await once(socket, "data", { signal: patience }).catch(() => {});
  } finally {
    socket.destroy();
  }
}
