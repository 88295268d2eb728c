import type { Wait } from "@groundplan/sync";
import type { NetworkConfig } from "./network-config.ts";

/** Options of {@link Network.configureNetwork}. */
export interface ConfigureOptions extends Wait {
  /** What to do where no sidecar shapes the network: `"fail"` unless given; `"ignore"` logs it and resolves, as in Go. */
  readonly withoutSidecar?: "fail" | "ignore";
}

/** The data network of one instance, which a sidecar of the runner shapes. */
export interface Network {
  /**
   * Waits until the sidecars have prepared the network of all instances; at once where there is none. Done before a test
   * case begins, by whoever runs it.
   *
   * `timeoutMs` is 10 minutes unless given.
   *
   * @throws RuntimeError `"sidecar-silent"` when time is up.
   */
  waitNetworkInitialized(wait?: Wait): Promise<void>;
  /**
   * Has the sidecar configure the network, and waits until it says that this is done: for a `callbackState` of the
   * caller's, at as many instances as `callbackTarget` says.
   *
   * `timeoutMs` is a minute unless given.
   *
   * @throws RuntimeError `"no-sidecar"`; `"bad-network"` for what no sidecar could apply, naming all that is wrong;
   * `"sidecar-silent"` when time is up, as a sidecar that fails says nothing.
   */
  configureNetwork(config: NetworkConfig, options?: ConfigureOptions): Promise<void>;
  /**
   * This instance's address on the data network; `"127.0.0.1"` without a sidecar.
   *
   * @throws RuntimeError `"no-data-address"` if it has none.
   */
  getDataNetworkIP(): string;
}
