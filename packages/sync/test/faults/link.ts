import type { Socket } from "node:net";
import { Flow, type Pace } from "./flow.ts";

/** What a link asks before it passes something on. */
export interface LinkRules {
  readonly pace: () => Pace;
  /** Whether the bytes of a client go on; those that do not were taken. */
  readonly passesRequest: (bytes: Buffer, link: Link) => boolean;
  readonly passesReply: (bytes: Buffer, link: Link) => boolean;
  readonly closed: (link: Link) => void;
}

/** A client's connection and the one to the server that stands for it. */
export class Link {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #requests: Flow;
  readonly #replies: Flow;
  readonly #rules: LinkRules;
  #isClosed = false;

  constructor(client: Socket, upstream: Socket, rules: LinkRules) {
    this.#client = client;
    this.#upstream = upstream;
    this.#rules = rules;
    this.#requests = new Flow(upstream);
    this.#replies = new Flow(client);
    for (const socket of [client, upstream]) {
      socket.setNoDelay();
      socket.on("error", () => {}).on("close", () => this.cut());
    }
    client.on("data", (bytes) => {
      if (rules.passesRequest(bytes, this)) this.#requests.send(bytes, rules.pace());
    });
    upstream.on("data", (bytes) => {
      if (rules.passesReply(bytes, this)) this.reply(bytes);
    });
  }

  reply(bytes: Buffer): void {
    this.#replies.send(bytes, this.#rules.pace());
  }

  /** Takes nothing more from either side. Neither notices, until its own buffers are full. */
  block(): void {
    this.#client.pause();
    this.#upstream.pause();
  }

  unblock(): void {
    this.#client.resume();
    this.#upstream.resume();
  }

  cut(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#requests.stop();
    this.#replies.stop();
    this.#client.destroy();
    this.#upstream.destroy();
    this.#rules.closed(this);
  }
}
