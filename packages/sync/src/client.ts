import { SyncError } from "./error.ts";
import { linkSignals } from "./on-abort.ts";
import { type RunAbort, runAbort } from "./run-abort.ts";
import type { CounterKey, LogKey, Mutation, Namespace } from "./store.ts";
import { decode, encode, type Topic } from "./topic.ts";
import type { Wait } from "./wait.ts";

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

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
    this.#abort = runAbort(namespace);
  }

  /**
   * Aborts with a `RunAbortedError` when the run is aborted, and with a `SyncError` `connection` or `state-lost` when
   * its store is lost.
   */
  get aborted(): AbortSignal {
    return this.#abort.signal;
  }

  /** Signals entry into a state; resolves with the instance's sequence number there, from 1. */
  signalEntry(state: string, wait?: Wait): Promise<number> {
    return this.#write(wait, (m) => this.#namespace.counters.add(stateKey(state), m));
  }

  /** Waits until at least `target` signals of the state were given. 0 resolves at once. */
  barrier(state: string, target: number, wait?: Wait): Promise<void> {
    return this.#wait(wait, (w) => this.#namespace.counters.reach(stateKey(state), target, w));
  }

  /** Signals entry and waits for `target` signals, in one exchange; resolves with the sequence number. */
  signalAndWait(state: string, target: number, wait?: Wait): Promise<number> {
    return this.#write(wait, (m) =>
      this.#namespace.counters.addAndReach(stateKey(state), target, m),
    );
  }

  /** Appends a value to a topic; resolves with its sequence number, from 1. */
  async publish<T>(topic: Topic<T> | string, value: T, wait?: Wait): Promise<number> {
    const to = asTopic(topic);
    const json = encode(to, value);
    return this.#write(wait, (m) => this.#namespace.logs.append(topicKey(to), json, m));
  }

  /**
   * Every value of a topic in the order of publication, from the first one, then those to come.
   * Ends when the caller leaves the loop; `timeoutMs` is the longest wait for the next value.
   */
  async *subscribe<T>(topic: Topic<T> | string, wait: Wait = {}): AsyncGenerator<T, void, void> {
    const from = asTopic(topic);
    const link = linkSignals([wait.signal, this.#closing.signal, this.#abort.signal]);
    try {
      const options = { ...wait, signal: link.signal };
      for await (const { seq, json } of this.#namespace.logs.read(topicKey(from), options)) {
        yield decode(from, json, seq);
      }
    } finally {
      link.release();
    }
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

  #write<T>(wait: Wait | undefined, operation: (mutation: Mutation) => Promise<T>): Promise<T> {
    const requestId = this.#namespace.requestId();
    return this.#wait(wait, (w) => operation({ ...w, requestId }));
  }

  async #wait<T>(wait: Wait = {}, operation: (wait: Wait) => Promise<T>): Promise<T> {
    const link = linkSignals([wait.signal, this.#closing.signal, this.#abort.signal]);
    try {
      link.signal.throwIfAborted();
      return await operation({ ...wait, signal: link.signal });
    } finally {
      link.release();
    }
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
