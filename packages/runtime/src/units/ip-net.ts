import { isIPv6 } from "node:net";
import { parseSubnet } from "../subnet.ts";

/** An address in its network. */
export interface IpNet {
  /** As written, host bits kept: `10.1.2.3`. */
  readonly address: string;
  readonly prefixLength: number;
  /** In CIDR notation, host bits cleared: `10.1.0.0/16`. */
  readonly network: string;
  readonly family: 4 | 6;
}

/** Reads `10.1.2.3/16`; `undefined` if the text is no address with a prefix length. */
export function parseIpNet(text: string): IpNet | undefined {
  const network = parseSubnet(text);
  if (network === undefined) return undefined;
  const [address = "", length = ""] = text.split("/");
  return { address, prefixLength: Number(length), network, family: isIPv6(address) ? 6 : 4 };
}
