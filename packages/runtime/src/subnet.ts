import { isIPv4, isIPv6 } from "node:net";

/** The network a CIDR text names, host bits cleared: `10.1.2.3/16` gives `10.1.0.0/16`; `undefined` if it is none. */
export function parseSubnet(text: string): string | undefined {
  const [, address = "", length = ""] = /^([^/%]+)\/(\d{1,3})$/.exec(text) ?? [];
  const prefix = Number(length);
  if (isIPv4(address) && prefix <= 32) {
    return `${formatIPv4(clear(readIPv4(address), prefix, 32))}/${prefix}`;
  }
  if (isIPv6(address) && prefix <= 128) {
    return `${formatIPv6(clear(readIPv6(address), prefix, 128))}/${prefix}`;
  }
  return undefined;
}

function clear(address: bigint, prefix: number, bits: number): bigint {
  const host = BigInt(bits - prefix);
  return (address >> host) << host;
}

function readIPv4(address: string): bigint {
  return address.split(".").reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function formatIPv4(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join(".");
}

function readIPv6(address: string): bigint {
  const [head = [], tail = []] = canonical(address)
    .split("::")
    .map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

function formatIPv6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => (address >> BigInt(112 - 16 * i)) & 0xffffn);
  return canonical(groups.map((group) => group.toString(16)).join(":"));
}

/** A URL's host is written the canonical way: lower case, groups in hex, the longest run of zeros as `::`. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
