import { createHash, randomUUID } from "node:crypto";
import { choreography, main, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Address, ask, dial, listen, readLine } from "../net/tcp.ts";

const Genesis = z.object({ chain: z.string(), door: Address });

/**
 * The leader makes up a chain, and all join it, the leader too, with what was published: prevents the leader that goes
 * on with a variable of its own that nobody ever set.
 */
export const genesis = choreography(
  {
    description: "all join the chain that the leader has made up, the leader too",
    roles: { leader: one(), node: rest() },
    timeout: "1m",
  },
  (c) => {
    const built = c.run("build", "leader", {}, async ({ me }) => {
      const chain: string = randomUUID();
      const door = await listen(me, async (socket) => {
        const asked = await readLine(socket);
        socket.end(asked === chain ? "joined\n" : "another chain\n");
      });
      return { chain, door };
    });
    const config = c.broadcast("config", "leader", built, { schema: Genesis });

    const digest = c.everyone(
      "join",
      { config },
      async ({ config, me }) => {
        const answer = await ask(await dial(me, config.door), config.chain);
        if (answer !== "joined") throw new Error(`the leader's door says: ${answer}`);
        return createHash("sha256").update(JSON.stringify(config)).digest("hex");
      },
      { timeout: "30s" },
    );
    const digests = c.exchange("digests", digest, { schema: z.string() });
    c.everyone("compare", { digests }, ({ digests, me }) => {
      me.measure("joined", digests.size);
      me.measure("configurations", new Set(digests).size);
    });
  },
);

const leaderConfig = plan("leader-config", { genesis });
export default leaderConfig;
await main(import.meta, leaderConfig);
