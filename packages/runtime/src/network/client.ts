import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type SyncClient, SyncError, type Wait } from "@groundplan/sync";
import type { RunEnv } from "../run-env.ts";
import { listFaults, RuntimeError } from "../runtime-error.ts";
import { dataAddress } from "./data-address.ts";
import type { ConfigureOptions, Network } from "./network.ts";
import type { NetworkConfig } from "./network-config.ts";
import { configFaults, wireConfig } from "./wire-config.ts";

const NETWORK_INITIALIZED = "network-initialized";
/** Sidecars prepare the network once all containers of a run exist, which takes its time. */
const INITIALISE_MS = 600_000;
const CONFIGURE_MS = 60_000;

/** The network through Testground's sidecar, which listens for configurations on a topic of the run's. */
export class NetworkClient implements Network {
  readonly #env: RunEnv;
  readonly #sync: SyncClient;

  /** Nothing is opened; `sync` stays its owner's. */
  constructor(env: RunEnv, sync: SyncClient) {
    this.#env = env;
    this.#sync = sync;
  }

  async waitNetworkInitialized(wait: Wait = {}): Promise<void> {
    const { signal } = wait;
    const stage = { name: NETWORK_INITIALIZED, group: this.#env.group };
    await this.#sync.publishEvent({ stage_start_event: stage }, { signal });
    try {
      if (this.#env.sidecar) await this.#allInitialized(wait);
    } catch (error) {
      this.#env.recordMessage("network initialisation failed");
      throw error;
    }
    this.#env.recordMessage("network initialisation successful");
    await this.#sync.publishEvent({ stage_end_event: stage }, { signal });
  }

  async configureNetwork(config: NetworkConfig, options: ConfigureOptions = {}): Promise<void> {
    const { withoutSidecar = "fail", signal, timeoutMs = CONFIGURE_MS } = options;
    this.#check(config);
    if (!this.#env.sidecar && withoutSidecar === "fail") throw noSidecar();
    if (!this.#env.sidecar) {
      this.#env.log("network not configured: this run has no sidecar");
      return;
    }
    const topic = `network:${hostname()}`;
    const state = config.callbackState ?? `network-configured-${randomUUID()}`;
    const shared = config.callbackState === undefined ? 1 : this.#env.instances;
    await this.#sync.publish(topic, wireConfig(config, state), { signal, timeoutMs });
    await this.#answered(state, config.callbackTarget ?? shared, { signal, timeoutMs }, [
      `the sidecar did not answer what was published on topic '${topic}'`,
      "one that cannot apply a configuration says nothing, and serves the instance no more: see its log, and whether " +
        `one runs on this machine. It was to apply ${JSON.stringify(config)}`,
    ]);
  }

  getDataNetworkIP(): string {
    return this.#env.sidecar ? dataAddress(this.#env.runParams.subnet) : "127.0.0.1";
  }

  #allInitialized({ signal, timeoutMs = INITIALISE_MS }: Wait): Promise<void> {
    const { instances } = this.#env;
    return this.#answered(NETWORK_INITIALIZED, instances, { signal, timeoutMs }, [
      "the sidecars have not prepared the network of all instances",
      "they signal once for each: have all instances started, and does a sidecar run beside each, as TEST_SIDECAR says?",
    ]);
  }

  #check(config: NetworkConfig): void {
    const faults = configFaults(config, this.#env.runParams.subnet);
    if (faults.length === 0) return;
    throw new RuntimeError(
      "bad-network",
      listFaults("no sidecar can configure a network like this:", faults),
    );
  }

  async #answered(
    state: string,
    target: number,
    wait: Wait,
    [what, remedy]: readonly [what: string, remedy: string],
  ): Promise<void> {
    try {
      await this.#sync.barrier(state, target, wait);
    } catch (cause) {
      if (!(cause instanceof SyncError) || cause.code !== "timeout") throw cause;
      const message = `${what} (${cause.message}); ${remedy}`;
      throw new RuntimeError("sidecar-silent", message, { cause });
    }
  }
}

function noSidecar(): RuntimeError {
  return new RuntimeError(
    "no-sidecar",
    "the network cannot be configured, as this run has no sidecar (TEST_SIDECAR is not true): run the plan where " +
      "there is one, with Testground's local:docker or cluster:k8s, or do not shape the network where there is none",
  );
}
