import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { choreography, main, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

/** Every peer pings the seed over TCP, round by round; the seed records the round-trip times. */
export const pingPong = choreography(
  {
    description: "every peer pings the seed over TCP",
    params: z.object({
      rounds: z.number().int().positive().default(5).describe("pings of each peer"),
    }),
    roles: { seed: one(), peer: rest() },
    timeout: "2m",
  },
  (c) => {
    const address = c.everyone("listen", {}, async ({ me }) => {
      const server = createServer((socket) => {
        socket.on("error", () => socket.destroy());
        socket.pipe(socket);
      });
      await once(server.listen(0, "127.0.0.1"), "listening");
      me.cleanup(() => void server.close());
      return portOf(server.address());
    });

    const addresses = c.exchange("addresses", address, { schema: z.number().int() });

    const socket = c.run(
      "dial",
      "peer",
      { addresses },
      async ({ addresses, me }) => {
        const socket = connect(addresses.seed, "127.0.0.1").setNoDelay();
        me.cleanup(() => void socket.destroy());
        await once(socket, "connect", { signal: me.signal });
        return socket;
      },
      { timeout: "30s" },
    );
    c.barrier("connected");

    const rtts = c.rounds("ping", c.params.rounds, (round) => {
      const rtt = round.run("rtt", "peer", { socket }, ({ socket, me }) => ping(socket, me.signal));
      round.barrier("done");
      return rtt;
    });

    const results = c.gather("results", "peer", "seed", rtts, { schema: z.array(z.number()) });
    c.run("report", "seed", { results }, ({ results, me }) => {
      for (const rtt of results.peer.flat()) me.measure("rtt_ms", rtt);
      const sorted = results.peer.flat().sort((a, b) => a - b);
      me.log("round trips", { pings: sorted.length, medianMs: sorted[sorted.length >> 1] });
    });
  },
);

async function ping(socket: Socket, signal: AbortSignal): Promise<number> {
  const start = performance.now();
  socket.write(".");
  await once(socket, "data", { signal });
  return performance.now() - start;
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("no TCP port was given");
  return address.port;
}

const pingPongPlan = plan("ping-pong", { "ping-pong": pingPong });
export default pingPongPlan;
await main(import.meta, pingPongPlan);
