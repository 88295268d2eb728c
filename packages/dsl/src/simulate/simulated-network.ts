import type { Network } from "@groundplan/runtime";
import type { Clock } from "../perform/clock.ts";

/** What a sidecar takes. */
const SHAPING_MS = 10;

/** A network whose sidecar shapes whatever it is asked to. What it would do to traffic is not simulated. */
export function simulatedNetwork(clock: Clock): Network {
  const open = new AbortController().signal;
  return {
    waitNetworkInitialized: async () => {},
    configureNetwork: (_, { signal = open } = {}) => clock.sleep(SHAPING_MS, signal),
    getDataNetworkIP: () => "127.0.0.1",
  };
}
