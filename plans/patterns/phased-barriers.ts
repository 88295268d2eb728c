import { choreography, main, one, plan, rest } from "@groundplan/dsl";
import { Address, ask, dial, listen, readLine } from "../net/tcp.ts";

/**
 * Clients connect, then some of them upload, then the server counts. A barrier belongs to its place in the plan, and
 * bodies that return early pass it like the others: prevents names that open at once because they were used before, and
 * the early return ahead of the signal that leaves everybody else waiting.
 */
export const phases = choreography(
  {
    description: "clients connect, then some upload, then the server counts",
    roles: { server: one(), client: rest() },
    timeout: "1m",
  },
  (c) => {
    const uploads = c.run("state", "server", {}, () => ({ connections: 0, lines: 0 }));
    const listening = c.run("listen", "server", { uploads }, ({ uploads, me }) =>
      listen(me, async (socket) => {
        uploads.connections += 1;
        socket.write("welcome\n");
        await readLine(socket);
        uploads.lines += 1;
        socket.end("thanks\n");
      }),
    );
    const address = c.broadcast("address", "server", listening, { schema: Address });

    const socket = c.run("connect", "client", { address }, async ({ address, me }) => {
      const socket = await dial(me, address);
      await readLine(socket); // the server has accepted it, not only its kernel
      return socket;
    });
    c.barrier("connected", { timeout: "30s" });
    c.run("count-connections", "server", { uploads }, ({ uploads, me }) =>
      me.measure("connections", uploads.connections),
    );

    c.run("upload", "client", { socket }, async ({ socket, me }) => {
      if (me.id % 2 === 1) return; // nothing to upload
      await ask(socket, `from #${me.id}`);
    });
    c.barrier("uploaded", { timeout: "30s" });
    c.run("count-uploads", "server", { uploads }, ({ uploads, me }) =>
      me.measure("uploads", uploads.lines),
    );
  },
);

const phasedBarriers = plan("phased-barriers", { phases });
export default phasedBarriers;
await main(import.meta, phasedBarriers);
