import type { LinkShape } from "./link-shape.ts";

/** What becomes of what an instance sends to a part of the data network. */
export interface LinkRule {
  /** IPv4, such as `"16.0.2.0/24"`. */
  readonly subnet: string;
  /** `"reject"` tells the sender so, `"drop"` does not; `"accept"` takes back either. */
  readonly filter: "accept" | "reject" | "drop";
}

/** How an instance's data network is to be. Each configuration replaces the one before it as a whole. */
export interface NetworkConfig {
  /** Whether the instance is on the data network; true unless given. Where it is not, the sidecar ignores the rest. */
  readonly enable?: boolean;
  /** A new address, with the length of the network's prefix: `"16.0.1.5/16"`. It stays as it is unless given. */
  readonly ipv4?: string;
  /** A sidecar dies of it. */
  readonly ipv6?: never;
  /** Of what it sends; not shaped at all unless given. */
  readonly default?: LinkShape;
  /** Filters only: sidecars cannot shape a part of the network. */
  readonly rules?: readonly LinkRule[];
  /** Whether the instance reaches what lies outside of the run's networks, the Internet for one; `"deny_all"` unless given. */
  readonly routingPolicy?: "allow_all" | "deny_all";
  /**
   * A state that the sidecar signals when it is done. Unless given, one that nobody else uses. A name that was used
   * before is reached at once: it needs a new one each time.
   */
  readonly callbackState?: string;
  /**
   * How many signals of that state to wait for: all instances' unless given, as they share the name; 1 where there is
   * no name to share.
   */
  readonly callbackTarget?: number;
}
