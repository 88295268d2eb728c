import { choreography, main, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Address, ask, dial, listen, readLine } from "../net/tcp.ts";

/**
 * Clients dial a server that is not ready for them yet, until it is. A body that throws runs again, and its stage is
 * still passed once: prevents sleeps in place of conditions, and barriers that open early as retries signal again.
 */
export const patience = choreography(
  {
    description: "clients dial a server that turns them away at first",
    params: z.object({
      refusals: z.number().int().nonnegative().default(2).describe("times a client is turned away"),
    }),
    roles: { server: one(), client: rest() },
    timeout: "1m",
  },
  (c) => {
    const admitted = c.run("admitted", "server", {}, () => new Set<string>());
    const opened = c.run("open", "server", { admitted }, ({ admitted, me }) => {
      const calls = new Map<string, number>();
      return listen(me, async (socket) => {
        const name = await readLine(socket);
        const earlier = calls.get(name) ?? 0;
        calls.set(name, earlier + 1);
        if (earlier < c.params.refusals) return void socket.destroy();
        admitted.add(name);
        socket.write("welcome\n");
      });
    });
    const address = c.broadcast("address", "server", opened, { schema: Address });
    c.run(
      "dial",
      "client",
      { address },
      async ({ address, me }) => {
        const socket = await dial(me, address);
        await ask(socket, `#${me.id}`);
        me.measure("attempts", me.attempt);
      },
      { retry: { within: "30s", backoff: "20ms..500ms" }, timeout: "40s" },
    );
    c.barrier("connected");
    c.run("count", "server", { admitted }, ({ admitted, me }) =>
      me.measure("admitted", admitted.size),
    );
  },
);

const dialWithBackoff = plan("dial-with-backoff", { patience });
export default dialWithBackoff;
await main(import.meta, dialWithBackoff);
