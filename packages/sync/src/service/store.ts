import { baseKey } from "../keys.ts";
import { bindNamespace } from "../namespace.ts";
import type { Atoms, Feature, Namespace, Scope, Store } from "../store.ts";
import type { Wait } from "../wait.ts";
import { byFullKey, inRun } from "./address.ts";
import { Caller } from "./caller.ts";
import type { Channel } from "./channel.ts";
import { type Dialled, dial } from "./dial.ts";
import { extensionAtoms } from "./extension-atoms.ts";
import { textIn } from "./fields.ts";
import type { Hello } from "./hello.ts";
import { lacks, testgroundAtoms } from "./testground-atoms.ts";

export interface ServiceStoreOptions {
  /** Milliseconds between requests that only keep the connection; 5 minutes unless given. */
  readonly keepAliveMs?: number;
}

const KEEP_ALIVE_MS = 5 * 60_000;

/**
 * A store behind a sync service, over one WebSocket: Groundplan's service, or Testground's, which carries states and
 * topics only. A lost connection is not made again: whatever waits then, and whatever comes later, rejects with a
 * `SyncError` `connection`, and a write to Testground's service that was not answered with `outcome-unknown`.
 */
export class ServiceStore implements Store {
  readonly name: string;
  readonly features: ReadonlySet<Feature>;
  readonly foreign: Atoms<string, string>;
  readonly #channel: Channel;
  readonly #hello: Hello | undefined;

  private constructor({ channel, hello }: Dialled) {
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
   * Connects to `ws://host:port`. Rejects with a `SyncError` `connection`: at once when refused, else at the deadline,
   * 5 s unless given. Closed by the caller.
   */
  static async connect(
    url: string,
    wait: Wait = {},
    { keepAliveMs = KEEP_ALIVE_MS }: ServiceStoreOptions = {},
  ): Promise<ServiceStore> {
    const dialled = await dial(url, wait);
    dialled.channel.keepAlive(keepAliveMs);
    return new ServiceStore(dialled);
  }

  async open(scope: Scope, wait: Wait = {}): Promise<Namespace> {
    this.#channel.checkOpen();
    return this.#hello === undefined
      ? this.#bindKeys(scope)
      : this.#openRun(scope, wait, this.#hello);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #bindKeys(scope: Scope): Namespace {
    const drop = (): Promise<never> => lacks("the removal of a run", this.#channel);
    return bindNamespace({ store: this, scope, atoms: this.foreign, drop });
  }

  async #openRun(scope: Scope, wait: Wait, hello: Hello): Promise<Namespace> {
    const channel = this.#channel;
    const read = (frame: Parameters<typeof textIn>[0]): string => textIn(frame, "result");
    const run = await new Caller(channel, byFullKey).call("open", { args: { scope }, wait, read });
    const caller = new Caller(channel, inRun(baseKey(scope), run));
    const tell = (op: string, wait: Wait = {}): Promise<void> =>
      caller.call(op, { args: {}, wait, read: () => {} });
    const atoms = extensionAtoms(caller, hello);
    const drop = (wait: Wait | undefined): Promise<void> => tell("drop", wait);
    const namespace = bindNamespace({ store: this, scope, atoms, drop });
    const close = async (): Promise<void> => {
      await namespace.close();
      // If the connection is gone, so is the run's place in the service.
      tell("close").catch(() => {});
    };
    return { ...namespace, close, [Symbol.asyncDispose]: close };
  }
}
