import { choreography, main, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Address, ask, dial, listen, readLine } from "../net/tcp.ts";

const params = z.object({
  failing: z.number().int().nonnegative().default(0).describe("id of the peer that fails; 0: none"),
});

/**
 * All wait for all, and one fails. The others end with its name and error at once: prevents those that wait ten minutes
 * for one that is long dead, and logs in which everybody has timed out and nobody says why.
 */
export const abort = choreography(
  {
    description: "one peer's failure ends the run for all, at once",
    params,
    roles: { seed: one(), peer: rest() },
    timeout: "5m",
  },
  (c) => {
    const listening = c.run("listen", "seed", {}, ({ me }) =>
      listen(me, async (socket) => {
        const id = Number(await readLine(socket));
        if (id === c.params.failing) socket.resetAndDestroy();
        else socket.write("hello\n");
      }),
    );
    const address = c.broadcast("address", "seed", listening, { schema: Address });
    c.run("greet", "peer", { address }, async ({ address, me }) => {
      await ask(await dial(me, address), `${me.id}`);
    });
    c.barrier("greeted"); // where the others are when one fails
    c.everyone("report", {}, ({ me }) => me.measure("greeted", me.members.length));
  },
);

/** The same where half of the peers are enough: the others go on, and all agree on who is left. */
export const tolerate = choreography(
  {
    description: "half of the peers are enough: the others go on without one that fails",
    params,
    roles: { seed: one(), peer: rest({ atLeast: "50%" }) },
    timeout: "5m",
  },
  (c) => {
    const id = c.everyone("work", {}, ({ me }) => {
      if (me.id === c.params.failing) throw new Error("lost its disk");
      return me.id;
    });
    const left = c.exchange("left", id, { schema: z.number().int() });
    c.everyone("report", { left }, ({ left, me }) => me.measure("left", left.size));
  },
);

const failurePropagation = plan("failure-propagation", { abort, tolerate });
export default failurePropagation;
await main(import.meta, failurePropagation);
