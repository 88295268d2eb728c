import type { CounterKey, Follow, LogKey, Mutation, Namespace } from "./atoms/store.ts";
import { SyncError } from "./error.ts";
import { type Members, requestIdOf, type SignalOptions } from "./membership/members.ts";
import { SharedCrossings } from "./membership/shared-crossings.ts";
import { type RunAbort, runAbort } from "./run-abort.ts";
import { type RunWaits, runWaits } from "./run-waits.ts";
import { decode, encode, type Topic } from "./topic.ts";
import { remaining, type Wait } from "./wait.ts";

/** What `publishSubscribe` gives: the entry's sequence number, and all entries from the first one on. */
export interface Published<T> {
  readonly seq: number;
  readonly entries: AsyncIterable<T>;
}

/**
 * One instance's way to coordinate with the others of its run: Testground's states and topics.
 * Cheap: thousands share one {@link Namespace}, which whoever opened it closes.
 * Every wait also ends when the run is aborted, with a `RunAbortedError`.
 */
export class SyncClient implements AsyncDisposable {
  readonly #namespace: Namespace;
  readonly #abort: RunAbort;
  readonly #closing = new AbortController();
  readonly #waits: RunWaits;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
    this.#abort = runAbort(namespace);
    this.#waits = runWaits(namespace, this.#closing.signal);
  }

  /**
   * Aborts with a `RunAbortedError` when the run is aborted, and with a `SyncError` `connection` or `state-lost` when
   * its store is lost.
   */
  get aborted(): AbortSignal {
    return this.#abort.signal;
  }

  /**
   * Signals entry into a state; resolves with the instance's sequence number there, from 1. As a `member` it counts
   * once, and always with the same number, however often and from wherever it is given.
   */
  signalEntry(state: string, options: SignalOptions = {}): Promise<number> {
    const { counters } = this.#namespace;
    return this.#signal(options, (m) => counters.add(stateKey(state), m));
  }

  /**
   * Waits until at least `target` signals of the state were given, 0 at once; or until all of `members` have signalled
   * under their names, whoever else has: then running out of time is a `MissingMembersError` that says who is missing,
   * with the policy `failFast` the death of one that is missing is a `BrokenBarrierError`, and with `shrink` it is not
   * waited for any more.
   */
  barrier(state: string, target: number | Members, wait: Wait = {}): Promise<void> {
    const { counters } = this.#namespace;
    return this.#waits.wait(wait, (w) =>
      typeof target === "number"
        ? counters.reach(stateKey(state), target, w)
        : SharedCrossings.of(this.#namespace).wait(stateKey(state), target, w),
    );
  }

  /** Signals entry and waits as {@link SyncClient.barrier} does, for a number in one exchange; resolves with the sequence number. */
  signalAndWait(
    state: string,
    target: number | Members,
    options: SignalOptions = {},
  ): Promise<number> {
    const { counters } = this.#namespace;
    const key = stateKey(state);
    return this.#signal(options, async (m) => {
      if (typeof target === "number") return counters.addAndReach(key, target, m);
      const began = performance.now();
      const seq = await counters.add(key, m);
      await SharedCrossings.of(this.#namespace).wait(key, target, remaining(m, began));
      return seq;
    });
  }

  /** Appends a value to a topic; resolves with its sequence number, from 1. */
  async publish<T>(topic: Topic<T> | string, value: T, wait: Wait = {}): Promise<number> {
    const to = asTopic(topic);
    const json = encode(to, value);
    return this.#waits.write(wait, (m) => this.#namespace.logs.append(topicKey(to), json, m));
  }

  /**
   * Every value of a topic in the order of publication, each once, then those to come: from the first one, or behind the
   * first `after` values, so that who counted what it read goes on where it was.
   * Ends when the caller leaves the loop; `timeoutMs` is the longest wait for the next value.
   */
  async *subscribe<T>(
    topic: Topic<T> | string,
    follow: Follow = {},
  ): AsyncGenerator<T, void, void> {
    const from = asTopic(topic);
    const entries = this.#waits.follow(follow, (f) => this.#namespace.logs.read(topicKey(from), f));
    for await (const { seq, json } of entries) yield decode(from, json, seq);
  }

  /** The first `count` values of a topic, once there are so many; every caller gets the same. */
  async collect<T>(topic: Topic<T> | string, count: number, wait: Wait = {}): Promise<T[]> {
    const from = asTopic(topic);
    const entries = await this.#waits.wait(wait, (w) =>
      this.#namespace.logs.collect(topicKey(from), count, w),
    );
    return entries.map(({ seq, json }) => decode(from, json, seq));
  }

  /** Publishes a value, then signals the state and waits for `target` signals; resolves with the sequence number on the topic. */
  async publishAndWait<T>(
    topic: Topic<T> | string,
    value: T,
    state: string,
    target: number,
    wait?: Wait,
  ): Promise<number> {
    const seq = await this.publish(topic, value, wait);
    await this.signalAndWait(state, target, wait);
    return seq;
  }

  /** Publishes a value and subscribes to the topic; the caller's own value is among the entries. */
  async publishSubscribe<T>(
    topic: Topic<T> | string,
    value: T,
    wait?: Wait,
  ): Promise<Published<T>> {
    const seq = await this.publish(topic, value, wait);
    return { seq, entries: this.subscribe(topic, wait) };
  }

  /** Appends to the run's event stream, which Testground's daemon reads. Works in an aborted run too. */
  async publishEvent(event: object, wait: Wait = {}): Promise<void> {
    const json = JSON.stringify(event);
    const requestId = this.#namespace.requestId();
    await this.#namespace.logs.append({ kind: "run_events" }, json, { ...wait, requestId });
  }

  /** Aborts the run for every instance. The first report wins; resolves with the winner's, which may be another's. */
  abort(report: unknown, wait?: Wait): Promise<unknown> {
    return this.#abort.report(report, wait);
  }

  /** Ends this client's waits. The namespace stays open. */
  async close(): Promise<void> {
    this.#closing.abort(new SyncError("closed", "this client was closed"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #signal<T>(
    { member, ...wait }: SignalOptions,
    operation: (mutation: Mutation) => Promise<T>,
  ): Promise<T> {
    if (member === undefined) return this.#waits.write(wait, operation);
    return this.#waits.wait(wait, (w) => operation({ ...w, requestId: requestIdOf(member) }));
  }
}

function stateKey(name: string): CounterKey {
  return { kind: "state", name };
}

function topicKey({ name }: { readonly name: string }): LogKey {
  return { kind: "topic", name };
}

function asTopic<T>(topic: Topic<T> | string): Topic<T> {
  return typeof topic === "string" ? { name: topic } : topic;
}
