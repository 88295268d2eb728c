import { randomBytes } from "node:crypto";
import { choreography, count, main, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Address, dial, listen } from "../net/tcp.ts";

/**
 * Leeches download a block from every seed. How many there are of each is said once: prevents counts that are kept in
 * three places, one of which is off by one.
 */
export const swarm = choreography(
  {
    description: "leeches download a block from every seed",
    params: z.object({
      leeches: z.number().int().positive().default(1).describe("instances that download"),
      blockBytes: z.number().int().positive().default(65_536).describe("size of a seed's block"),
    }),
    roles: { leech: count("leeches"), seed: rest() },
    timeout: "1m",
  },
  (c) => {
    const address = c.run("serve", "seed", {}, ({ me }) => {
      const block = randomBytes(c.params.blockBytes);
      return listen(me, (socket) => socket.end(block));
    });
    const seeds = c.gather("seeds", "seed", "leech", address, { schema: Address });
    c.run(
      "download",
      "leech",
      { seeds },
      async ({ seeds, me }) => {
        const sizes = await Promise.all(
          seeds.seed.map(async (seed) => {
            let bytes = 0;
            for await (const chunk of await dial(me, seed)) bytes += chunk.length;
            return bytes;
          }),
        );
        me.measure("seeds_reached", sizes.length);
        me.measure(
          "bytes",
          sizes.reduce((sum, bytes) => sum + bytes, 0),
        );
      },
      { timeout: "30s" },
    );
  },
);

const roleAssignment = plan("role-assignment", { swarm });
export default roleAssignment;
await main(import.meta, roleAssignment);
