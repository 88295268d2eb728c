import type { z } from "zod";
import type { CounterKey, Namespace, Versioned } from "../atoms/store.ts";
import { VersionConflictError } from "../error.ts";
import { firstOf } from "../first-of.ts";
import { Presence } from "../membership/presence.ts";
import { decodeValue, encodeValue } from "../payload.ts";
import { type RunWaits, runWaits } from "../run-waits.ts";
import { remaining, type Wait } from "../wait.ts";

/** What a caller writes into the register of its pair. */
interface Half {
  /** Its number. */
  readonly from: number;
  /** The value's JSON text; without it, the caller has gone away. */
  readonly json?: string | undefined;
}

/** How long ending a pair may take before it is let go: then its partner waits in vain. */
const WITHDRAWAL_MS = 1_000;

/**
 * Two by two, callers meet and get each other's value.
 *
 * Guarantee: in the order of arrival at the store the first pairs up with the second, the third with the fourth; each
 * value goes to one partner. Who gives up waiting takes its offer back, or, if the partner has come by then, gets its
 * value after all; the partner of an offer that was taken back pairs up with the next to come.
 * Crash: the offer of a process that died is still taken, and its partner goes on. Whoever waits when a process dies, or
 * ends its session, that took part takes its offer back and pairs up anew, so that none waits for the dead.
 * Cost: three exchanges and a wait a caller at most, however many come, and two more for the first of a process; one
 * announcement a pair.
 *
 * A counter that tells who belongs to whom, and one register a pair. `java.util.concurrent.Exchanger`, over processes.
 */
export class Exchanger<T> {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #name: string;
  readonly #key: CounterKey;
  readonly #schema: z.ZodType<T> | undefined;
  readonly #presence: Presence;

  constructor(namespace: Namespace, name: string, schema?: z.ZodType<T>) {
    this.#namespace = namespace;
    this.#waits = runWaits(namespace);
    this.#name = name;
    this.#key = { kind: "own", name: `exchange:${name}` };
    this.#schema = schema;
    this.#presence = new Presence(namespace, this.#waits, `exchange:${name}`);
  }

  /** Gives the value to a partner and resolves with the partner's. Rejects with a `SyncError` `timeout`. */
  async exchange(value: T, wait: Wait = {}): Promise<T> {
    const what = `exchange "${this.#name}"`;
    const json = encodeValue(what, value, this.#schema);
    const began = performance.now();
    for (;;) {
      const theirs = await this.#meet(json, remaining(wait, began));
      if (theirs !== undefined) return decodeValue(what, theirs, this.#schema);
    }
  }

  /** Pairs up with the next in line; resolves with its value, `undefined` if it has gone away. */
  async #meet(json: string, wait: Wait): Promise<string | undefined> {
    const began = performance.now();
    const deaths = await this.#presence.announced(wait);
    const from = await this.#arrive(remaining(wait, began));
    const pair = this.#pairOf(from);
    let offer: Versioned | undefined;
    try {
      offer = await this.#put(pair, { from, json }, 0, remaining(wait, began));
      if (offer === undefined) {
        const answer = await this.#answer(pair, deaths, remaining(wait, began));
        // Without one, the partner may be who died. If it is not, it has answered by now, or finds the offer taken back.
        return answer ?? (await this.#leave(pair, from))?.json;
      }
      const isGone =
        offer.version > 1 ||
        (await this.#put(pair, { from, json }, 1, remaining(wait, began))) !== undefined;
      return isGone ? undefined : halfIn(offer).json;
    } catch (error) {
      const there = await this.#leave(pair, from).catch(() => undefined);
      // The pair was complete before: what this caller gave counts, and so does what it gets.
      const theirs = there?.from === from ? offer && halfIn(offer).json : there?.json;
      if (theirs !== undefined) return theirs;
      throw error;
    }
  }

  /** A caller that gives up before it knows its number may have one all the same, and so somebody who waits for it. */
  async #arrive(wait: Wait): Promise<number> {
    const { counters } = this.#namespace;
    const requestId = this.#namespace.requestId();
    try {
      return await this.#waits.wait(wait, (w) => counters.add(this.#key, { ...w, requestId }));
    } catch (error) {
      const again = { requestId, timeoutMs: WITHDRAWAL_MS };
      await counters
        .add(this.#key, again)
        .then((from) => this.#leave(this.#pairOf(from), from))
        .catch(() => {});
      throw error;
    }
  }

  #pairOf(from: number): string {
    return `exchange:${Math.ceil(from / 2)}:${this.#name}`;
  }

  /** What is written over the caller's offer, or `undefined` if that is "gone", or once a process has died. */
  #answer(pair: string, deaths: number, wait: Wait): Promise<string | undefined> {
    return firstOf(wait, [
      (w) => this.#written(pair, w),
      async (w) => {
        await this.#presence.death(deaths, w);
        return undefined;
      },
    ]);
  }

  async #written(pair: string, wait: Wait): Promise<string | undefined> {
    const answers = this.#waits.follow({ ...wait, after: 1 }, (f) =>
      this.#namespace.registers.watch(pair, f),
    );
    for await (const answer of answers) return halfIn(answer).json;
    return undefined;
  }

  /** Ends the pair, so that nobody waits for the caller; resolves with the half that had completed it, if one had. */
  async #leave(pair: string, from: number): Promise<Half | undefined> {
    const write = (ifVersion: number): Promise<Versioned | undefined> => {
      const requestId = this.#namespace.requestId();
      const options = { requestId, ifVersion, timeoutMs: WITHDRAWAL_MS };
      const gone = JSON.stringify({ from });
      return conflictOf(() => this.#namespace.registers.write(pair, gone, options));
    };
    const first = await write(0);
    const last = first?.version === 1 ? await write(1) : first;
    return last === undefined ? undefined : halfIn(last);
  }

  /** Writes over a version; resolves with what is there instead if another version is. */
  #put(pair: string, half: Half, ifVersion: number, wait: Wait): Promise<Versioned | undefined> {
    return conflictOf(() =>
      this.#waits.write({ ...wait, ifVersion }, (w) =>
        this.#namespace.registers.write(pair, JSON.stringify(half), w),
      ),
    );
  }
}

async function conflictOf(write: () => Promise<unknown>): Promise<Versioned | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    if (!(error instanceof VersionConflictError) || error.json === undefined) throw error;
    return { version: error.version, json: error.json };
  }
}

/** Written by this class only. */
function halfIn({ json }: Versioned): Half {
  return JSON.parse(json) as Half;
}
