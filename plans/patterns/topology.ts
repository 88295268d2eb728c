import {
  type Choreography,
  choreography,
  full,
  main,
  plan,
  random,
  rest,
  ring,
  type Topology,
  tree,
} from "@groundplan/dsl";
import { z } from "zod";
import { Address, ask, dial, listen, readLine } from "../net/tcp.ts";

const Links = z.object({ dialled: z.array(z.number()), callers: z.array(z.number()) });

/**
 * Everyone dials its neighbours, and all compare who dialled with who was dialled. All compute the same edges: prevents
 * neighbours that are picked twice, one link too many, and instances that dial themselves.
 */
function neighbours(description: string, topology: Topology): Choreography {
  return choreography({ description, roles: { node: rest({ min: 3 }) }, timeout: "1m" }, (c) => {
    const server = c.everyone("listen", {}, async ({ me }) => {
      const callers: number[] = [];
      const address = await listen(me, async (socket) => {
        callers.push(Number(await readLine(socket)));
        socket.write("hello\n");
      });
      return { address, callers };
    });
    const address = c.everyone("address", { server }, ({ server }) => server.address);
    const addresses = c.exchange("addresses", address, { schema: Address });

    const links = c.connect(
      "links",
      topology,
      { addresses },
      async ({ addresses, peer, me }) => {
        const socket = await dial(me, addresses.of(peer));
        await ask(socket, `${me.id}`);
        return socket;
      },
      { retry: { attempts: 3 }, timeout: "30s" },
    );
    c.barrier("linked");

    const own = c.everyone("own", { links, server }, ({ links, server, me }) => {
      me.measure("dialled", links.length);
      me.measure("callers", server.callers.length);
      return { dialled: links.map(({ peer }) => peer.id), callers: server.callers };
    });
    const all = c.exchange("all", own, { schema: Links });
    c.everyone("compare", { all }, ({ all, me }) => {
      for (const [caller, { dialled }] of all.entries()) {
        const calls = all.of(me).callers.filter((id) => id === caller.id).length;
        const dials = dialled.filter((id) => id === me.id).length;
        if (calls !== dials) throw new Error(`#${caller.id} dialled ${dials} and called ${calls}`);
      }
    });
  });
}

const topology = plan("topology", {
  ring: neighbours("everyone dials the next, the last the first", ring()),
  tree: neighbours("everyone but the root dials its parent", tree(2)),
  mesh: neighbours("everyone dials two others, drawn by lot", random(2)),
  full: neighbours("every pair is linked once", full()),
});
export default topology;
await main(import.meta, topology);
