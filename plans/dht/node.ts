import type { Me } from "@groundplan/dsl";
import { z } from "zod";
import { Datagrams } from "../net/datagrams.ts";
import { byDistance, Contact, Key, keyInBucket, keyOf, RoutingTable } from "./routing-table.ts";

/** Who knows nodes close to the key? `newcomer` is whoever wants to be known itself. */
const Question = z.object({ key: Key, newcomer: Contact.optional() });
const Answer = z.array(Contact);

const ANSWER_MS = 5_000;
/** Two nodes of a network of thousands have hardly more bits in common than these. */
const REFRESHED_BUCKETS = 16;

/** What came of a lookup. */
export interface Lookup {
  /** The closest first; empty in a network of one. */
  readonly closest: readonly Contact[];
  /** How many nodes have passed the question on until the closest was known, itself included. */
  readonly hops: number;
}

/** A node of the table over UDP. */
export class DhtNode {
  readonly contact: Contact;
  readonly #k: number;
  readonly #table: RoutingTable;
  readonly #datagrams: Datagrams;

  private constructor(contact: Contact, k: number, table: RoutingTable, datagrams: Datagrams) {
    this.contact = contact;
    this.#k = k;
    this.#table = table;
    this.#datagrams = datagrams;
  }

  static async open(me: Me, k: number): Promise<DhtNode> {
    const key = keyOf(`node ${me.id}`);
    const table = new RoutingTable(key, k);
    const datagrams = await Datagrams.open(me, (asked) => {
      const question = Question.parse(asked);
      const answer = table.closest(question.key);
      if (question.newcomer !== undefined) table.add(question.newcomer);
      return answer;
    });
    return new DhtNode({ key, address: datagrams.address }, k, table, datagrams);
  }

  get known(): number {
    return this.#table.size;
  }

  /** Makes this node and those close to it known to each other. */
  async join(bootstrap: Contact): Promise<void> {
    this.#table.add(bootstrap);
    await this.#introduce(this.contact.key);
  }

  /** Finds somebody for every bucket that somebody in the network fits in. */
  async refresh(): Promise<void> {
    const { key } = this.contact;
    for (let bit = 0; bit < REFRESHED_BUCKETS; bit++) {
      await this.#introduce(keyInBucket(key, bit, `${key} ${bit}`));
    }
  }

  /** Tables stay as they are, so that the hops of a lookup do not depend on which others ran before. */
  lookup(key: string): Promise<Lookup> {
    return this.#search(key, { key });
  }

  async #introduce(key: string): Promise<void> {
    const { closest } = await this.#search(key, { key, newcomer: this.contact });
    for (const contact of closest) this.#table.add(contact);
  }

  /** Asks the closest that it knows of for closer ones, until all of the k closest have been asked. */
  async #search(key: string, question: z.output<typeof Question>): Promise<Lookup> {
    const hops = new Map(this.#table.closest(key).map((contact) => [contact.key, 1]));
    const seen = new Map(this.#table.closest(key).map((contact) => [contact.key, contact]));
    const asked = new Set<string>();
    for (;;) {
      const closest = byDistance(key, seen.values()).slice(0, this.#k);
      const next = closest.find((contact) => !asked.has(contact.key));
      if (next === undefined) return { closest, hops: hops.get(closest[0]?.key ?? "") ?? 0 };
      asked.add(next.key);
      for (const contact of await this.#ask(next, question)) {
        if (seen.has(contact.key) || contact.key === this.contact.key) continue;
        seen.set(contact.key, contact);
        hops.set(contact.key, (hops.get(next.key) ?? 0) + 1);
      }
    }
  }

  #ask(contact: Contact, question: z.output<typeof Question>): Promise<Contact[]> {
    const expected = { schema: Answer, timeoutMs: ANSWER_MS };
    return this.#datagrams.ask(contact.address, question, expected);
  }
}
