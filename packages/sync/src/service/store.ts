import type { Feature } from "../atoms/features.ts";
import type { Atoms, Namespace, OpenOptions, Scope, Store } from "../atoms/store.ts";
import { bindNamespace } from "../binding/namespace.ts";
import { noLiveness } from "../binding/no-liveness.ts";
import { checkSessionTtl } from "../binding/session-keeper.ts";
import { baseKey } from "../keys.ts";
import type { Wait } from "../wait.ts";
import { byFullKey, inRun } from "./address.ts";
import { Caller } from "./caller.ts";
import type { Channel } from "./channel.ts";
import { livenessClient } from "./claim-client.ts";
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

  async open(scope: Scope, options: OpenOptions = {}): Promise<Namespace> {
    this.#channel.checkOpen();
    return this.#hello === undefined
      ? this.#bindKeys(scope)
      : this.#openRun(scope, options, this.#hello);
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
    const read = (frame: Parameters<typeof textIn>[0]): string => textIn(frame, "result");
    const run = await new Caller(channel, byFullKey).call("open", {
      args: { scope, sessionTtlMs },
      wait,
      read,
    });
    const caller = new Caller(channel, inRun(baseKey(scope), run));
    const tell = (op: string, wait: Wait = {}): Promise<void> =>
      caller.call(op, { args: {}, wait, read: () => {} });
    const atoms = extensionAtoms(caller, hello);
    const drop = (wait: Wait | undefined): Promise<void> => tell("drop", wait);
    const liveness = hello.features.has("claims") ? livenessClient(caller) : noLiveness(this.name);
    const namespace = bindNamespace({ store: this, scope, atoms, liveness, sessionTtlMs, drop });
    const close = async (): Promise<void> => {
      await namespace.close();
      // If the connection is gone, so is the run's place in the service.
      tell("close").catch(() => {});
    };
    return { ...namespace, close, [Symbol.asyncDispose]: close };
  }
}
