import { isIPv4, isIPv6 } from "node:net";
import { parseSubnet } from "../subnet.ts";
import { withinSubnet } from "./data-address.ts";
import type { LinkRule, NetworkConfig } from "./network-config.ts";
import { shapeFaults, type WireShape, wireShape } from "./wire-shape.ts";

/** A configuration as a sidecar reads it. There is no field for IPv6, as a sidecar dies of one. */
export interface WireConfig {
  readonly network: "default";
  readonly IPv4?: string;
  readonly enable: boolean;
  readonly default: WireShape;
  readonly rules: readonly (WireShape & { readonly subnet: string })[];
  readonly callback_state: string;
  readonly routing_policy: "allow_all" | "deny_all";
}

const filters: Readonly<Record<LinkRule["filter"], number>> = { accept: 0, reject: 1, drop: 2 };

/** What no sidecar could apply, a sentence for each; `subnet` is the run's data network. */
export function configFaults(config: NetworkConfig, subnet: string | undefined): readonly string[] {
  const { ipv4, default: shape = {}, rules = [], callbackState, callbackTarget } = config;
  return [
    ...(ipv4 === undefined ? [] : addressFaults(ipv4, subnet)),
    ...(config.ipv6 === undefined ? [] : ["ipv6 cannot be set: sidecars have no IPv6"]),
    ...shapeFaults(shape).map((fault) => `default: ${fault}`),
    ...rules.flatMap((rule, index) => ruleFaults(rule).map((fault) => `rules[${index}]: ${fault}`)),
    ...policyFaults(config.routingPolicy),
    ...(callbackState === "" ? ["callbackState is empty: name a state, or leave it out"] : []),
    ...targetFaults(callbackTarget),
  ];
}

/** Of a configuration without faults. */
export function wireConfig(config: NetworkConfig, callbackState: string): WireConfig {
  const { ipv4, enable = true, default: shape = {}, rules = [] } = config;
  return {
    network: "default",
    ...(ipv4 === undefined ? {} : { IPv4: ipv4 }),
    enable,
    default: wireShape(shape),
    rules: rules.map(({ subnet, filter }) => ({
      ...wireShape({}),
      filter: filters[filter],
      subnet,
    })),
    callback_state: callbackState,
    routing_policy: config.routingPolicy ?? "deny_all",
  };
}

function addressFaults(ipv4: string, subnet: string | undefined): readonly string[] {
  const [address = ""] = ipv4.split("/");
  if (isIPv6(address)) return [`ipv4 '${ipv4}' is IPv6, which sidecars do not have`];
  if (!isIPv4(address) || parseSubnet(ipv4) === undefined) {
    return [`ipv4 '${ipv4}' is no address with its prefix: write '16.0.1.5/16'`];
  }
  if (address.endsWith(".0.1")) {
    return [`ipv4 '${ipv4}' is the gateway's: choose one that does not end in .0.1`];
  }
  if (subnet === undefined || withinSubnet(address, subnet)) return [];
  return [`ipv4 '${ipv4}' is not in the data network ${subnet}`];
}

function ruleFaults({ subnet, filter }: LinkRule): readonly string[] {
  const [address = ""] = subnet.split("/");
  const isNetwork = isIPv4(address) && parseSubnet(subnet) !== undefined;
  return [
    ...(isNetwork ? [] : [`subnet '${subnet}' is no IPv4 network: write '16.0.2.0/24'`]),
    ...(Object.hasOwn(filters, filter)
      ? []
      : [`filter '${filter}' is none of ${Object.keys(filters).join(", ")}`]),
  ];
}

function policyFaults(policy: NetworkConfig["routingPolicy"]): readonly string[] {
  if (policy === undefined || policy === "allow_all" || policy === "deny_all") return [];
  return [`routingPolicy '${policy}' is none of allow_all, deny_all`];
}

function targetFaults(target: number | undefined): readonly string[] {
  if (target === undefined || (Number.isSafeInteger(target) && target >= 1)) return [];
  return [`callbackTarget ${target} must be a whole number, 1 or more`];
}
