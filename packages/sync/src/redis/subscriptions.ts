import type { Redis } from "ioredis";
import { unreachable } from "./failure.ts";
import type { Link } from "./link.ts";

/** The channels that this process listens to: each once, however many wait for its messages. */
export class Subscriptions {
  /** Called with every message, after the answers that Redis sent before it have been dealt with. */
  onMessage: (channel: string, message: string) => void = () => {};
  /** Called when every channel is subscribed again after a reconnect. What was said meanwhile is lost. */
  onRestored: () => void = () => {};
  readonly #redis: Redis;
  readonly #name: string;
  /** Each with its acknowledgement. */
  readonly #channels = new Map<string, Promise<void>>();

  constructor(link: Link, name: string) {
    this.#redis = link.subscriber;
    this.#name = name;
    // A reply wakes its caller in a microtask, but a message that came in the same packet is here before that:
    // in a later turn, whoever has read "not yet" is already among those that wait.
    this.#redis.on("message", (channel: string, message: string) => {
      void link.answered(channel).then(() => {
        setImmediate(() => this.onMessage(channel, message));
      });
    });
    this.#redis.on("ready", () => void this.#restore());
  }

  /** Resolves once Redis has acknowledged. */
  ensure(channel: string): Promise<void> {
    return this.#channels.get(channel) ?? this.#subscribe(channel);
  }

  forget(channels: Iterable<string>): void {
    for (const channel of channels) {
      if (!this.#channels.delete(channel) || this.#redis.status !== "ready") continue;
      this.#redis.unsubscribe(channel).catch(() => {});
    }
  }

  #subscribe(channel: string): Promise<void> {
    const acknowledged = this.#send(channel);
    this.#channels.set(channel, acknowledged);
    acknowledged.catch(() => {
      if (this.#channels.get(channel) === acknowledged) this.#channels.delete(channel);
    });
    return acknowledged;
  }

  /** One channel a command: ioredis miscounts the replies of a command that was half acknowledged when it is sent again. */
  async #send(channel: string): Promise<void> {
    try {
      await this.#redis.subscribe(channel);
    } catch (error) {
      throw unreachable(this.#name, error);
    }
    if (this.#redis.mode !== "normal") throw unreachable(this.#name, "it does not speak RESP3");
  }

  async #restore(): Promise<void> {
    const channels = [...this.#channels.keys()];
    await Promise.allSettled(channels.map((channel) => this.#subscribe(channel)));
    this.onRestored();
  }
}
