import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { choreography, duration, type Me, one, random, rest, testcase } from "@groundplan/dsl";
import { z } from "zod";

export const storm = choreography(
  {
    params: z.object({
      rounds: z.number().int().default(2),
      latency: duration().default("50ms"),
    }),
    roles: { collector: one(), node: rest() },
  },
  (c) => {
    const addrs = c.exchange(
      "addrs",
      c.everyone("listen", {}, ({ me }) => listen(me)),
    );
    const links = c.connect(
      "mesh",
      random(4),
      { addrs },
      ({ addrs, peer, me }) => dial(addrs.of(peer), me),
      { concurrency: 50, retry: { attempts: 4 } },
    );
    const sent = c.rounds("load", c.params.rounds, (r) => {
      r.shape("slower", ({ me }) => ({
        latency: c.params.latency,
        bandwidth: "10mbit",
        loss: me.round,
      }));
      return r.everyone("send", { links }, async ({ links }) => {
        const sizes = await Promise.all(links.map(({ value }) => send(value, 65_536)));
        return sizes.reduce((sum, n) => sum + n, 0);
      });
    });
    const totals = c.gather("totals", ["collector", "node"], "collector", sent);
    c.run("report", "collector", { totals }, ({ totals, me }) => {
      for (const [member, bytes] of totals.entries()) me.log("sent", { id: member.id, bytes });
    });
  },
);

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A server on the data network that says how many bytes have come. */
async function listen({ cleanup, network }: Me): Promise<Address> {
  const host = network.getDataNetworkIP();
  const server = createServer((socket) => {
    socket.on("data", ({ length }) => void socket.write(`${length}\n`));
  }).listen(0, host);
  await once(server, "listening");
  cleanup(() => void server.close());
  return { host, port: (server.address() as AddressInfo).port };
}

async function dial(address: Address, { signal, cleanup }: Me): Promise<Socket> {
  const socket = connect(address);
  cleanup(() => void socket.destroy());
  await once(socket, "connect", { signal });
  return socket;
}

/** Resolves with the bytes that have come at the other end, once all have. */
function send(socket: Socket, bytes: number): Promise<number> {
  return new Promise((resolve) => {
    let come = 0;
    const count = (data: Buffer): void => {
      for (const line of `${data}`.trim().split("\n")) come += Number(line);
      if (come < bytes) return;
      socket.off("data", count);
      resolve(come);
    };
    socket.on("data", count).write(Buffer.alloc(bytes));
  });
}

/** By hand: everyone shapes its link, and nobody goes on before all have. */
export const byHand = testcase(async ({ network }) => {
  await network.configureNetwork(
    {
      default: { latency: "100ms", jitter: "10ms" },
      rules: [{ subnet: "16.0.2.0/24", filter: "drop" }],
      routingPolicy: "allow_all",
      callbackState: "links-shaped",
    },
    { timeoutMs: 30_000 },
  );
});
