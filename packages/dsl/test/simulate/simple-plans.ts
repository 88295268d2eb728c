import { type Choreography, choreography, one, rest } from "@groundplan/dsl";

/** One publishes an address, the others dial it; all meet, then again in rounds. */
export const dialling: Choreography<Record<never, never>, "seed" | "peer"> = choreography(
  { roles: { seed: one(), peer: rest() } },
  (c) => {
    const port = c.run("listen", "seed", {}, async ({ me }) => {
      await me.sleep("50ms");
      return 4000 + me.id;
    });
    const addr = c.broadcast("addr", "seed", port);
    const dialled = c.run("dial", "peer", { addr }, async ({ addr, me }) => {
      await me.sleep(me.random.int(100));
      return addr + me.id;
    });
    c.gather("ports", "peer", "seed", dialled);
    c.rounds("ping", 3, (r) => r.barrier("round"));
  },
);

/** Roles that can lose instances. */
export const churning: Choreography<Record<never, never>, "hub" | "node"> = choreography(
  { roles: { hub: one(), node: rest({ atLeast: 2 }) } },
  (c) => {
    const id = c.everyone("id", {}, ({ me }) => me.id);
    const ids = c.exchange("ids", id);
    c.everyone("count", { ids }, ({ ids }) => ids.size);
    c.barrier("met");
  },
);
