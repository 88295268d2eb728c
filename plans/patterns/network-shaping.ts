import type { Socket } from "node:net";
import {
  choreography,
  duration,
  durationMs,
  main,
  one,
  plan,
  type Ref,
  rest,
  type Scope,
} from "@groundplan/dsl";
import { z } from "zod";
import { Address, dial, echo, listen, roundTripMs } from "../net/tcp.ts";

const options = {
  params: z.object({
    latency: duration().default("100ms").describe("how long each packet is held back"),
  }),
  roles: { server: one(), client: rest() },
  timeout: "2m",
} as const;

/**
 * Round trips take twice the latency once the network is shaped. Refused without a sidecar: prevents plans that pass
 * over a network that nobody has shaped, and the "200" that is read as nanoseconds.
 */
export const shaped = choreography(
  { ...options, description: "round trips over a slow network; needs a sidecar" },
  (c) => {
    const socket = connections(c);
    c.shape("slow", { latency: c.params.latency });
    slowPings(c, socket, durationMs(c.params.latency, "latency"));
  },
);

/** One plan for both: all learn from the server whether there is a sidecar, and take the same way. */
export const eitherWay = choreography(
  { ...options, description: "round trips over a slow network where there is a sidecar" },
  (c) => {
    const socket = connections(c);
    const found = c.run("look", "server", {}, ({ me }) => me.env.sidecar);
    const hasSidecar = c.broadcast("has-sidecar", "server", found, { schema: z.boolean() });
    c.branch("slow-down", hasSidecar, {
      then: (arm) => {
        arm.shape("slow", { latency: c.params.latency });
        slowPings(arm, socket, durationMs(c.params.latency, "latency"));
      },
      else: (arm) => slowPings(arm, socket, 0),
    });
  },
);

type Parts = Scope<typeof options.roles, "server" | "client", unknown>;

function connections(c: Parts): Ref<Socket, "client"> {
  const opened = c.run("listen", "server", {}, ({ me }) => listen(me, echo));
  const address = c.broadcast("address", "server", opened, { schema: Address });
  const socket = c.run("dial", "client", { address }, ({ address, me }) => dial(me, address));
  c.barrier("connected", { timeout: "30s" });
  return socket;
}

/** Each end holds back what it sends, so a round trip takes the latency twice. */
function slowPings(c: Parts, socket: Ref<Socket, "client">, latencyMs: number): void {
  c.run(
    "ping",
    "client",
    { socket },
    async ({ socket, me }) => {
      const rttMs = await roundTripMs(socket);
      me.measure("rtt_ms", rttMs);
      if (rttMs >= 2 * latencyMs) return;
      throw new Error(`a round trip took ${rttMs} ms, at ${latencyMs} ms of latency each way`);
    },
    { timeout: "30s" },
  );
}

const networkShaping = plan("network-shaping", { shaped, "either-way": eitherWay });
export default networkShaping;
await main(import.meta, networkShaping);
