import { createHash } from "node:crypto";
import { z } from "zod";
import { Address } from "../net/tcp.ts";

const KEY_BITS = 64;

/** A place in the space of keys, 64 bits. */
export const Key = z.string().regex(/^[\da-f]{16}$/);
/** A node as others know it. */
export const Contact = z.object({ key: Key, address: Address });
export type Contact = z.output<typeof Contact>;

/** The key of a name. */
export function keyOf(name: string): string {
  return createHash("sha256")
    .update(name)
    .digest("hex")
    .slice(0, KEY_BITS / 4);
}

/** The key that differs in this bit, counted from the highest, and below it is drawn by the name. */
export function keyInBucket(own: string, bit: number, name: string): string {
  const low = BigInt(KEY_BITS - 1 - bit);
  const flipped = (BigInt(`0x${own}`) >> low) ^ 1n;
  const drawn = BigInt(`0x${keyOf(name)}`) & ((1n << low) - 1n);
  return ((flipped << low) | drawn).toString(16).padStart(KEY_BITS / 4, "0");
}

/** The distance of keys, as Kademlia has it. */
function distance(a: string, b: string): bigint {
  return BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
}

/** The contacts in order of their distance from the key. */
export function byDistance(key: string, contacts: Iterable<Contact>): readonly Contact[] {
  return [...contacts].sort((a, b) => (distance(a.key, key) < distance(b.key, key) ? -1 : 1));
}

/** The nodes that a node knows: at most k of each bucket, those that it has known longest. */
export class RoutingTable {
  readonly #own: string;
  readonly #k: number;
  readonly #buckets = new Map<number, Map<string, Contact>>();

  constructor(own: string, k: number) {
    this.#own = own;
    this.#k = k;
  }

  get size(): number {
    return [...this.#buckets.values()].reduce((sum, bucket) => sum + bucket.size, 0);
  }

  add(contact: Contact): void {
    if (contact.key === this.#own) return;
    const bit = distance(contact.key, this.#own).toString(2).length;
    const bucket = this.#buckets.get(bit) ?? new Map<string, Contact>();
    this.#buckets.set(bit, bucket);
    if (bucket.size < this.#k) bucket.set(contact.key, contact);
  }

  /** At most k, the closest first. */
  closest(key: string): readonly Contact[] {
    const all = [...this.#buckets.values()].flatMap((bucket) => [...bucket.values()]);
    return byDistance(key, all).slice(0, this.#k);
  }
}
