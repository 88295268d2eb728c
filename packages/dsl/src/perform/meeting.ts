import type { CounterKey, Entry, LogKey, Namespace, Wait } from "@groundplan/sync";
import { z } from "zod";

const valueSchema = z.tuple([z.number(), z.unknown()]).rest(z.number());

/** The member and its value, out of an entry. */
export function parseValue(json: string): [id: number, value: unknown] {
  const [id, value] = valueSchema.parse(JSON.parse(json));
  return [id, value];
}

/** The place that the bare value has on the topic of its stage, out of an entry. */
export function placeOnTopic(json: string): number | undefined {
  return valueSchema.parse(JSON.parse(json))[2];
}

/** Who is counted at a stage, or whose values are there. */
export type Gathering = "arrivals" | "values";

/** What the stages of a choreography need of a store: sets of members that have arrived, and a value of each. */
export class Meeting {
  readonly #namespace: Namespace;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** Adds the member to the set `key`; a second time changes nothing. */
  async arrive(key: string, id: number, wait: Wait): Promise<void> {
    await this.#namespace.counters.add(counter(key), { ...wait, requestId: `${id}` });
  }

  /** Waits until the set has `need` members. */
  arrived(key: string, need: number, wait: Wait): Promise<void> {
    return this.#namespace.counters.reach(counter(key), need, wait);
  }

  /** Both in one exchange with the store. */
  async arriveAndWait(key: string, id: number, need: number, wait: Wait): Promise<void> {
    await this.#namespace.counters.addAndReach(counter(key), need, { ...wait, requestId: `${id}` });
  }

  /** Stores the member's value, as JSON text, with its place on the stage's topic; a second time changes nothing. */
  async put(key: string, id: number, json: string, wait: Wait, place?: number): Promise<void> {
    const entry = place === undefined ? `[${id},${json}]` : `[${id},${json},${place}]`;
    await this.#namespace.logs.append(log(key), entry, { ...wait, requestId: `${id}` });
  }

  /** The entries, once there are `need`; {@link parseValue} reads them. */
  take(key: string, need: number, wait: Wait): Promise<readonly Entry[]> {
    return this.#namespace.logs.collect(log(key), need, wait);
  }

  /** The entries there are now. */
  taken(key: string, wait: Wait): Promise<readonly Entry[]> {
    return this.#namespace.logs.snapshot(log(key), wait);
  }

  /** Fixes something of a stage. Rejects with a `VersionConflictError` if it is fixed already; see {@link decided}. */
  async decide(key: string, json: string, wait: Wait): Promise<void> {
    const write = { ...wait, requestId: this.#namespace.requestId(), ifVersion: 0 };
    await this.#namespace.registers.write(register(key), json, write);
  }

  async decided(key: string, wait: Wait): Promise<string | undefined> {
    return (await this.#namespace.registers.read(register(key), wait))?.json;
  }

  /** The members that are there, or undefined on a store that only counts. */
  async present(
    kind: Gathering,
    key: string,
    wait: Wait,
  ): Promise<ReadonlySet<number> | undefined> {
    if (!this.#namespace.store.features.has("requestIds")) return undefined;
    if (kind === "arrivals") {
      const ids = await this.#namespace.counters.contributors(counter(key), wait);
      return new Set(ids.map(Number));
    }
    const entries = await this.#namespace.logs.snapshot(log(key), wait);
    return new Set(entries.map(({ json }) => parseValue(json)[0]));
  }
}

function counter(key: string): CounterKey {
  return { kind: "own", name: `stage:${key}` };
}

function register(key: string): string {
  return `stage:${key}`;
}

function log(key: string): LogKey {
  return { kind: "own", name: `stage:${key}` };
}
