import { choreography, main, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { DhtNode } from "./dht/node.ts";
import { byDistance, Contact, Key, keyOf } from "./dht/routing-table.ts";

const Found = z.object({ key: Key, closest: Key, hops: z.number().int() });

/** Nodes join a Kademlia-like table over UDP, and look keys up in it: after Testground's `dht` of libp2p. */
export const findNode = choreography(
  {
    description: "nodes join a distributed hash table and find whoever is closest to a key",
    params: z.object({
      k: z.number().int().positive().default(4).describe("nodes of a bucket, and of an answer"),
      lookups: z.number().int().positive().default(5).describe("keys that each node looks up"),
    }),
    roles: { bootstrap: one(), node: rest() },
    timeout: "5m",
  },
  (c) => {
    const node = c.everyone("open", {}, ({ me }) => DhtNode.open(me, c.params.k));
    const contact = c.everyone("contact", { node }, ({ node }) => node.contact);
    const bootstrap = c.broadcast("bootstrap", "bootstrap", contact, { schema: Contact });

    // In turns, as each learns of those that were there before.
    const inTurns = { concurrency: 1, timeout: "2m" } as const;
    c.run("join", "node", { node, bootstrap }, (_) => _.node.join(_.bootstrap), inTurns);
    c.barrier("joined");
    c.everyone("refresh", { node }, ({ node }) => node.refresh(), inTurns);
    c.barrier("refreshed");

    const found = c.everyone(
      "look-up",
      { node },
      async ({ node, me }) => {
        const results: z.output<typeof Found>[] = [];
        for (let i = 0; i < c.params.lookups; i++) {
          const key = keyOf(`${me.random.next()}`);
          const { closest, hops } = await node.lookup(key);
          // A node does not find itself: it may be the closest, without a hop.
          const [best = node.contact] = byDistance(key, [node.contact, ...closest.slice(0, 1)]);
          results.push({ key, closest: best.key, hops: best === node.contact ? 0 : hops });
        }
        return results;
      },
      { timeout: "1m" },
    );

    // The nodes have found each other without it; it is what they are judged by.
    const everybody = c.exchange("everybody", contact, { schema: Contact });
    c.everyone("judge", { everybody, found, node }, ({ everybody, found, node, me }) => {
      const right = found.filter(({ key, closest }) => {
        return byDistance(key, everybody)[0]?.key === closest;
      });
      me.measure("found_closest", right.length);
      me.measure("contacts_known", node.known);
      for (const { hops } of found) me.measure("hops", hops);
    });
  },
);

const dht = plan("dht", { "find-node": findNode });
export default dht;
await main(import.meta, dht);
