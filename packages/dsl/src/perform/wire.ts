import type { Namespace, Wait } from "@groundplan/sync";
import { entriesNow } from "./entries-now.ts";

const COUNT_MS = 2_000;

/** What an instance shares with those in other languages: Testground's states and topics, by their bare names. */
export class Wire {
  readonly #namespace: Namespace;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /**
   * Signals for the instance at a stage. Where the store knows request ids, a second time changes nothing; Testground's
   * service is never asked twice, so that a connection lost before its answer leaves open whether it counted.
   */
  async signal(state: string, by: string, wait: Wait): Promise<void> {
    await this.#namespace.counters.add(stateKey(state), { ...wait, requestId: by });
  }

  /** Waits until the state was signalled so often. */
  reached(state: string, target: number, wait: Wait): Promise<void> {
    return this.#namespace.counters.reach(stateKey(state), target, wait);
  }

  /** How many of the signals of a state were given here, for the stage with this key, where the store knows by whom. */
  async signalledAt(state: string, key: string, wait: Wait): Promise<number> {
    const by = await this.#namespace.counters.contributors(stateKey(state), wait);
    return by.filter((each) => each.startsWith(`${key}:`)).length;
  }

  /** Publishes a bare value; resolves with its place on the topic, from 1. As with signals, once. */
  publish(topic: string, json: string, by: string, wait: Wait): Promise<number> {
    return this.#namespace.logs.append(topicKey(topic), json, { ...wait, requestId: by });
  }

  /** The first `count` values on a topic, as JSON text, once there are so many. */
  async collect(topic: string, count: number, wait: Wait): Promise<readonly string[]> {
    const entries = await this.#namespace.logs.collect(topicKey(topic), count, wait);
    return entries.map(({ json }) => json);
  }

  /** How often the state was signalled, or undefined on a store that does not tell. */
  async count(state: string): Promise<number | undefined> {
    const wait = { timeoutMs: COUNT_MS };
    return this.#namespace.counters.read(stateKey(state), wait).catch(() => undefined);
  }

  /** How many values there are on the topic. */
  async published(topic: string): Promise<number | undefined> {
    const entries = entriesNow(this.#namespace, topicKey(topic), COUNT_MS);
    return (await entries.catch(() => undefined))?.length;
  }
}

function stateKey(name: string): { readonly kind: "state"; readonly name: string } {
  return { kind: "state", name };
}

function topicKey(name: string): { readonly kind: "topic"; readonly name: string } {
  return { kind: "topic", name };
}
