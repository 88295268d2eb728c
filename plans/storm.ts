import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { choreography, type Me, main, plan, random, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Address, dial, listen, readLine } from "./net/tcp.ts";

const Traffic = z.object({ sent: z.number().int(), received: z.number().int() });

/** Everyone opens many connections to a few others, drawn anew in each round: Testground's `benchmarks/storm`. */
export const storm = choreography(
  {
    description: "many connections at once to instances drawn by lot, every byte counted",
    params: z.object({
      rounds: z.number().int().positive().default(3).describe("how often the links are drawn"),
      peers: z.number().int().positive().default(3).describe("others that an instance dials"),
      connections: z.number().int().positive().default(10).describe("connections to each of them"),
      bytes: z.number().int().positive().default(16_384).describe("bytes over each connection"),
    }),
    roles: { node: rest({ min: 2 }) },
    timeout: "5m",
  },
  (c) => {
    const { rounds, peers, connections, bytes } = c.params;
    const inbound = c.everyone("inbound", {}, () => ({ connections: 0, bytes: 0 }));
    const listening = c.everyone("listen", { inbound }, ({ inbound, me }) =>
      listen(me, async (socket) => {
        inbound.connections += 1;
        const received = await countBytes(socket);
        inbound.bytes += received;
        socket.end(`${received}\n`);
      }),
    );
    const addresses = c.exchange("addresses", listening, { schema: Address });

    const sent = c.rounds("burst", rounds, (round) => {
      const links = round.connect(
        "send",
        random(peers),
        { addresses },
        async ({ addresses, peer, me }) => {
          const block = randomBytes(bytes);
          const uploads = Array.from({ length: connections }, () =>
            upload(me, addresses.of(peer), block),
          );
          return (await Promise.all(uploads)).reduce((sum, each) => sum + each, 0);
        },
        { concurrency: 50, timeout: "1m" },
      );
      round.barrier("sent");
      return round.everyone("sum", { links }, ({ links }) =>
        links.reduce((sum, { value }) => sum + value, 0),
      );
    });

    const own = c.everyone("own", { inbound, sent }, ({ inbound, sent, me }) => {
      const total = sent.reduce((sum, each) => sum + each, 0);
      me.measure("bytes_sent", total);
      me.measure("bytes_received", inbound.bytes);
      me.measure("connections_accepted", inbound.connections);
      return { sent: total, received: inbound.bytes };
    });
    const lost = c.reduce(
      "lost",
      "node",
      own,
      (all) => all.reduce((sum, { sent, received }) => sum + sent - received, 0),
      { schema: Traffic },
    );
    c.everyone("judge", { lost }, ({ lost }) => {
      if (lost !== 0) throw new Error(`${lost} more bytes were sent than received`);
    });
  },
);

async function countBytes(socket: Socket): Promise<number> {
  let bytes = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) bytes += chunk.length;
  return bytes;
}

/** Sends the block over a connection of its own; resolves with how much of it the other side has counted. */
async function upload(me: Me, address: Address, block: Buffer): Promise<number> {
  const socket = await dial(me, address);
  socket.end(block);
  const counted = Number(await readLine(socket));
  if (counted === block.length) return counted;
  throw new Error(`${counted} of ${block.length} bytes arrived`);
}

const stormPlan = plan("storm", { storm });
export default stormPlan;
await main(import.meta, stormPlan);
