import { type Choreography, choreography, main, percent, plan, rest } from "@groundplan/dsl";
import { z } from "zod";
import { Address, dial, echo, listen, roundTripMs } from "./net/tcp.ts";

const params = z.object({
  slowMs: z.number().positive().default(100).describe("latency of the first round, in ms"),
  fastMs: z.number().positive().default(10).describe("latency of the second round, in ms"),
  toleranceMs: z.number().positive().default(15).describe("what a round trip may take besides"),
});

/** Pairs ping each other over a slow link, then over a faster one: Testground's `network/ping-pong`. */
function pingPong(link: "shaped" | "as it is"): Choreography<z.output<typeof params>> {
  const roles = { pinger: percent(50), ponger: rest() };
  const description = `pairs ping each other, over a link that is ${link}`;
  return choreography({ description, params, roles, timeout: "3m" }, (c) => {
    const latenciesMs = [c.params.slowMs, c.params.fastMs];
    const listening = c.run("listen", "ponger", {}, ({ me }) => listen(me, echo));
    const addresses = c.gather("addresses", "ponger", "pinger", listening, { schema: Address });
    const socket = c.run("dial", "pinger", { addresses }, ({ addresses, me }) => {
      const pongers = addresses.ponger;
      const partner = pongers[(me.id - 1) % pongers.length];
      if (partner === undefined) throw new Error("there is no ponger");
      return dial(me, partner);
    });
    c.barrier("connected", { timeout: "30s" });

    c.rounds("link", latenciesMs.length, (round) => {
      if (link === "shaped") {
        round.shape("shape", ({ me }) => ({
          latency: latenciesMs[me.round] ?? 0,
          bandwidth: "1mbit",
        }));
      }
      round.run("ping", "pinger", { socket }, async ({ socket, me }) => {
        const rttMs = await roundTripMs(socket);
        me.measure("rtt_ms", rttMs);
        if (link === "shaped") check(rttMs, 2 * (latenciesMs[me.round] ?? 0), c.params.toleranceMs);
      });
      round.barrier("pinged", { timeout: "30s" });
    });
  });
}

function check(rttMs: number, leastMs: number, toleranceMs: number): void {
  if (rttMs >= leastMs && rttMs <= leastMs + toleranceMs) return;
  throw new Error(`a round trip of ${rttMs} ms is not ${leastMs} to ${leastMs + toleranceMs} ms`);
}

const networkPingPong = plan("network-ping-pong", {
  shaped: pingPong("shaped"),
  unshaped: pingPong("as it is"),
});
export default networkPingPong;
await main(import.meta, networkPingPong);
