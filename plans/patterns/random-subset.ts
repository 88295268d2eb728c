import { choreography, main, plan, rest, sample } from "@groundplan/dsl";
import { z } from "zod";
import { Address, ask, dial, listen, readLine } from "../net/tcp.ts";

/**
 * Victims drawn by lot stop answering, and everybody finds out who by calling on all. The lot is part of the roster and
 * of the seed: prevents subsets that differ from instance to instance, and failures that nobody can have again.
 */
export const victims = choreography(
  {
    description: "victims drawn by lot stop answering, and the others find out who",
    params: z.object({
      victims: z.number().int().nonnegative().default(1).describe("instances that stop answering"),
      probes: z.number().int().positive().default(2).describe("instances that everybody probes"),
    }),
    roles: { victim: sample("victims", { min: 0 }), observer: rest() },
    timeout: "1m",
  },
  (c) => {
    const address = c.everyone("listen", {}, ({ me }) =>
      listen(me, async (socket) => {
        await readLine(socket);
        if (me.role === "victim") socket.resetAndDestroy();
        else socket.end("here\n");
      }),
    );
    const addresses = c.exchange("addresses", address, { schema: Address });

    const silent = c.run("call", "observer", { addresses }, async ({ addresses, me }) => {
      const answers = me.members.map(async ({ id }) => {
        const socket = await dial(me, addresses.of(id));
        return await ask(socket, "are you there?").then(
          () => [],
          () => [id],
        );
      });
      return (await Promise.all(answers)).flat();
    });
    c.run("judge", "observer", { silent }, ({ silent, me }) => {
      const drawn = me.members.filter(({ role }) => role === "victim").map(({ id }) => id);
      me.measure("victims_found", drawn.filter((id) => silent.includes(id)).length);
      me.measure("wrongly_accused", silent.filter((id) => !drawn.includes(id)).length);
    });

    // Drawn in the body, and still the same at all of them: `me.random` would differ.
    const probed = c.run("probe", "observer", {}, ({ me }) => {
      const n = Math.min(c.params.probes, me.members.length);
      return me.common.sample(me.members, n).map(({ id }) => id);
    });
    const draws = c.gather("draws", "observer", "observer", probed, {
      schema: z.array(z.number().int()),
    });
    c.run("compare", "observer", { draws }, ({ draws, me }) =>
      me.measure("different_draws", new Set([...draws].map(String)).size),
    );
  },
);

const randomSubset = plan("random-subset", { victims });
export default randomSubset;
await main(import.meta, randomSubset);
