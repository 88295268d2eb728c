import { networkInterfaces } from "node:os";
import { RuntimeError } from "../runtime-error.ts";
import { parseSubnet } from "../subnet.ts";

/** Whether the address is one of the network's, `"16.0.0.0/16"`. */
export function withinSubnet(address: string, subnet: string): boolean {
  return parseSubnet(`${address}/${subnet.split("/")[1]}`) === subnet;
}

/** This machine's first IPv4 address in the network. */
export function dataAddress(subnet: string | undefined): string {
  const addresses = Object.values(networkInterfaces())
    .flatMap((each = []) => each)
    .filter(({ family }) => family === "IPv4")
    .map(({ address }) => address);
  const found = addresses.find((each) => subnet !== undefined && withinSubnet(each, subnet));
  if (found !== undefined) return found;
  const network = subnet ?? "unknown, as TEST_SUBNET is not set";
  throw new RuntimeError(
    "no-data-address",
    `no interface has an IPv4 address in the data network, which is ${network}; ` +
      `there are ${addresses.join(", ") || "none"}. Was this instance taken off the network?`,
  );
}
