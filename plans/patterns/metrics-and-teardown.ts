import { choreography, count, main, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Address, ask, dial, listen, readLine } from "../net/tcp.ts";

const Answered = z.object({ requests: z.number(), rttMs: z.array(z.number()) });

/**
 * Clients load servers, one of them gathers what all have measured. Cleanups run behind the last stage of all instances:
 * prevents fixed sleeps that are to keep servers alive for as long as the slowest client needs.
 */
export const load = choreography(
  {
    description: "clients load servers, and one instance reports what all have measured",
    params: z.object({
      servers: z.number().int().positive().default(1).describe("instances that answer"),
      requests: z.number().int().positive().default(20).describe("requests of each client"),
    }),
    roles: { reporter: one(), server: count("servers"), client: rest() },
    timeout: "1m",
  },
  (c) => {
    const served = c.run("served", "server", {}, () => ({ requests: 0 }));
    const address = c.run("listen", "server", { served }, ({ served, me }) =>
      listen(me, async (socket) => {
        for (;;) {
          const request = await readLine(socket);
          served.requests += 1;
          socket.write(`${request}\n`);
        }
      }),
    );
    const servers = c.gather("servers", "server", "client", address, { schema: Address });

    const answered = c.run(
      "load",
      "client",
      { servers },
      async ({ servers, me }) => {
        const socket = await dial(me, me.random.pick(servers.server));
        const rttMs: number[] = [];
        for (let i = 0; i < c.params.requests; i++) {
          const start = me.now();
          await ask(socket, `request ${i}`);
          rttMs.push(me.now() - start);
        }
        return { requests: rttMs.length, rttMs };
      },
      { timeout: "30s" },
    );
    c.barrier("loaded"); // without it a server would count while it is still being asked
    const results = c.gather("results", "client", "reporter", answered, { schema: Answered });
    const total = c.run("total", "server", { served }, ({ served }) => served.requests);
    const totals = c.gather("totals", "server", "reporter", total, { schema: z.number() });

    c.run("report", "reporter", { results, totals }, ({ results, totals, me }) => {
      const rttMs = results.client.flatMap((each) => each.rttMs).sort((a, b) => a - b);
      me.measure("requests", rttMs.length);
      me.measure(
        "served",
        totals.server.reduce((sum, each) => sum + each, 0),
      );
      me.measure("rtt_p50_ms", rttMs[Math.floor(rttMs.length * 0.5)] ?? 0);
      me.measure("rtt_p99_ms", rttMs[Math.floor(rttMs.length * 0.99)] ?? 0);
    });
  },
);

const metricsAndTeardown = plan("metrics-and-teardown", { load });
export default metricsAndTeardown;
await main(import.meta, metricsAndTeardown);
