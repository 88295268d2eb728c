import { randomUUID } from "node:crypto";
import type { Feature } from "../atoms/features.ts";
import type { Atoms, Namespace, OpenOptions, Scope, Store } from "../atoms/store.ts";
import { bindNamespace } from "../binding/namespace.ts";
import { noLiveness } from "../binding/no-liveness.ts";
import { checkSessionTtl } from "../binding/session-keeper.ts";
import { StateLostError } from "../error.ts";
import { baseKey } from "../keys.ts";
import type { StoreStatus } from "../store-status.ts";
import type { Wait } from "../wait.ts";
import { byFullKey, inRun } from "./address.ts";
import { Caller } from "./caller.ts";
import { Channel } from "./channel.ts";
import { livenessClient } from "./claim-client.ts";
import { dial } from "./dial.ts";
import { extensionAtoms } from "./extension-atoms.ts";
import type { Hello } from "./hello.ts";
import { closeRun, openRun } from "./run-client.ts";
import { parseServiceUrl, type ServiceStoreOptions } from "./service-url.ts";
import { lacks, testgroundAtoms } from "./testground-atoms.ts";

const KEEP_ALIVE_MS = 5 * 60_000;
const HEARTBEAT_MS = 4_000;
const RECONNECT_MS = 30_000;

/**
 * A store behind a sync service, over one WebSocket: Groundplan's service, or Testground's, which carries states and
 * topics only.
 *
 * A lost connection is made again. With Groundplan's service everything goes on: what was not answered is asked again
 * and counts once, logs are read on from the last entry, sessions live on unless that took them too long. A run that
 * the service has lost meanwhile rejects with a `StateLostError`. With Testground's service a write that was not
 * answered rejects with `outcome-unknown`, and the rest with a `StateLostError` unless it is told to continue. What
 * waits, and whatever comes later, rejects with `connection` when the service stays away.
 */
export class ServiceStore implements Store {
  readonly name: string;
  readonly features: ReadonlySet<Feature>;
  readonly foreign: Atoms<string, string>;
  readonly #channel: Channel;
  readonly #hello: Hello | undefined;
  #opened = 0;

  private constructor(channel: Channel) {
    const { hello } = channel;
    this.name = channel.name;
    this.features = hello?.features ?? new Set<Feature>(["counters", "logs"]);
    this.foreign =
      hello === undefined
        ? testgroundAtoms(channel)
        : extensionAtoms(new Caller(channel, byFullKey), hello);
    this.#channel = channel;
    this.#hello = hello;
  }

  /**
   * Connects to `ws://host:port`, or `ws://host:port?reconnectMs=30000&afterReconnect=continue`. Rejects with a
   * `SyncError` `connection`: at once when refused, else at the deadline, 5 s unless given. Closed by the caller.
   */
  static async connect(
    url: string,
    wait: Wait = {},
    options: ServiceStoreOptions = {},
  ): Promise<ServiceStore> {
    const address = parseServiceUrl(url);
    const { keepAliveMs, heartbeatMs, reconnectMs, afterReconnect } = {
      ...address.options,
      ...options,
    };
    const target = { ...address, client: randomUUID() };
    const channel = new Channel(await dial(target, wait), {
      target,
      heartbeatMs: heartbeatMs ?? HEARTBEAT_MS,
      reconnectMs: reconnectMs ?? RECONNECT_MS,
      afterReconnect: afterReconnect ?? "state-lost",
    });
    channel.keepAlive(keepAliveMs ?? KEEP_ALIVE_MS);
    return new ServiceStore(channel);
  }

  async open(scope: Scope, options: OpenOptions = {}): Promise<Namespace> {
    this.#channel.checkOpen();
    return this.#hello === undefined
      ? this.#bindKeys(scope)
      : this.#openRun(scope, options, this.#hello);
  }

  status(wait?: Wait): AsyncIterable<StoreStatus> {
    return this.#channel.status.feed.follow(wait);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #bindKeys(scope: Scope): Namespace {
    const drop = (): Promise<never> => lacks("the removal of a run", this.#channel);
    const liveness = noLiveness(`the Testground sync service at ${this.name}`);
    const atoms = this.foreign;
    return bindNamespace({ store: this, scope, atoms, liveness, sessionTtlMs: undefined, drop });
  }

  async #openRun(scope: Scope, options: OpenOptions, hello: Hello): Promise<Namespace> {
    const { sessionTtlMs, ...wait } = options;
    checkSessionTtl(sessionTtlMs);
    const channel = this.#channel;
    const handle = `${++this.#opened}`;
    await openRun(channel, handle, { scope, sessionTtlMs }, wait);
    const caller = new Caller(channel, inRun(baseKey(scope), handle));
    const atoms = extensionAtoms(caller, hello);
    const drop = (wait: Wait = {}): Promise<void> => dropRun(caller, wait);
    const liveness = hello.features.has("claims") ? livenessClient(caller) : noLiveness(this.name);
    const namespace = bindNamespace({ store: this, scope, atoms, liveness, sessionTtlMs, drop });
    const close = async (): Promise<void> => {
      await namespace.close();
      closeRun(channel, handle);
    };
    return { ...namespace, close, [Symbol.asyncDispose]: close };
  }
}

async function dropRun(caller: Caller, wait: Wait): Promise<void> {
  try {
    await caller.call("drop", { args: {}, wait, read: () => {} });
  } catch (error) {
    // Asked again on another connection, it finds the run gone.
    if (!(error instanceof StateLostError)) throw error;
  }
}
