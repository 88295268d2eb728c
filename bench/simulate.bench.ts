import { choreography, one, rest } from "@groundplan/dsl";
import { type Simulation, simulate } from "@groundplan/dsl/tools";
import { bench, describe } from "vitest";

const barriers = choreography({ roles: { node: rest() } }, (c) => {
  c.rounds("r", 10, (r) => r.barrier("b"));
});

const exchanges = choreography({ roles: { node: rest() } }, (c) => {
  const id = c.everyone("id", {}, ({ me }) => me.id);
  c.rounds("r", 10, (r) => r.exchange("x", id));
});

const small = choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const port = c.run("listen", "seed", {}, ({ me }) => 4000 + me.id);
  const addr = c.broadcast("addr", "seed", port);
  c.run("dial", "peer", { addr }, async ({ addr, me }) => {
    await me.sleep(me.random.int(100));
    return addr;
  });
  c.barrier("connected");
});

const once = { iterations: 3, warmupIterations: 1, time: 0, warmupTime: 0 };

function checked({ outcome, text }: Simulation): void {
  if (outcome !== "ok") throw new Error(text);
}

/** What real bodies do is not measured: there are none. Neither is what the journal takes, which is off. */
describe("simulated runs", () => {
  const journal = false;
  bench(
    "1,000 instances, 10 barriers",
    async () => checked(await simulate(barriers, { instances: 1_000, journal })),
    once,
  );
  bench(
    "1,000 instances, 10 exchanges",
    async () => checked(await simulate(exchanges, { instances: 1_000, journal })),
    once,
  );
  bench(
    "10,000 instances, 10 barriers",
    async () => checked(await simulate(barriers, { instances: 10_000, journal })),
    once,
  );
  bench(
    "500 seeds of 20 instances, 4 stages",
    async () => {
      for (let seed = 1; seed <= 500; seed++) {
        checked(await simulate(small, { instances: 20, seed, journal }));
      }
    },
    once,
  );
});
