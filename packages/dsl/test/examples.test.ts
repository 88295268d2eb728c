import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import {
  type Agreed,
  choreography,
  count,
  group,
  type ManyOf,
  type OneOf,
  one,
  plan,
  type Ref,
  type Roles,
  type Roster,
  rest,
  type Scope,
  shapeOf,
  testcase,
} from "@groundplan/dsl";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const pingPong = choreography(
  {
    description: "every peer pings the seed",
    params: z.object({
      rounds: z.number().int().positive().default(10).describe("pings of each peer"),
      slowMs: z.number().default(500).describe("a round trip above this is slow"),
    }),
    roles: { seed: one(), peer: rest() },
    timeout: "2m",
  },
  (c) => {
    const port = c.everyone("listen", {}, async ({ me }) => {
      const server = createServer((socket) => void socket.pipe(socket)).listen(0);
      await once(server, "listening");
      me.cleanup(() => void server.close());
      return (server.address() as AddressInfo).port;
    });
    const addrs = c.exchange("addrs", port);
    const socket = c.run(
      "dial",
      "peer",
      { addrs },
      async ({ addrs, me }) => {
        const conn = connect(addrs.seed);
        await once(conn, "connect", { signal: me.signal });
        me.cleanup(() => void conn.destroy());
        return conn;
      },
      { timeout: "30s" },
    );
    c.barrier("connected");
    const rtts = c.rounds("ping", c.params.rounds, (r) => {
      const rtt = r.run("rtt", "peer", { socket }, ({ socket, me }) => ping(socket, me.now));
      r.barrier("round");
      return rtt;
    });
    const results = c.gather("results", "peer", "seed", rtts, { schema: z.array(z.number()) });
    const slow = c.run("judge", "seed", { results }, ({ results, me }) => {
      const all = results.peer.flat().sort((a, b) => a - b);
      me.measure("rtt-p50-ms", all[all.length >> 1] ?? 0);
      return all.some((ms) => ms > c.params.slowMs);
    });
    const verdict = c.broadcast("verdict", "seed", slow);
    c.run("report", "peer", { rtts, verdict }, ({ rtts, verdict, me }) => {
      if (verdict) me.log("slow run", { rtts });
    });
  },
);

async function ping(socket: Socket, now: () => number): Promise<number> {
  const start = now();
  socket.write(".");
  await once(socket, "data");
  return now() - start;
}

const funding = choreography(
  {
    params: z.object({ validators: z.number().int().default(4) }),
    roles: {
      validator: count("validators"),
      attacker: group("attackers", { min: 0 }),
      light: rest(),
    },
  },
  (c) => {
    const node = c.everyone("start", {}, () => ({ height: (): number => 1 }), { timeout: "90s" });
    c.barrier("started");
    const funded = c.signal("funded", { at: "validator" });
    c.run("genesis-check", "validator", { node }, ({ node, me }) => {
      if (node.height() === 0) throw new Error(`#${me.id} is still at height 0`);
    });
    c.waitFor("all-funded", funded, { at: ["light"], timeout: 5_000 });
    c.barrier("transferred", { at: ["light", "validator"] });
  },
);

/** Everyone's address, from everyone's server; for any roles. */
function shareAddrs<RM extends Roles, C extends string, P>(
  c: Scope<RM, C, P>,
  server: Ref<{ addr: string }, C>,
): Agreed<Roster<string, OneOf<RM, C>, ManyOf<RM, C>>, C> {
  return c.exchange(
    "share/addrs",
    c.everyone("share/addr", { server }, ({ server }) => server.addr),
  );
}

const user = choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const server = c.everyone("listen", {}, async () => ({ addr: "a", pid: 1 }));
  const addrs = shareAddrs(c, server);
  c.run("use", "seed", { addrs }, ({ addrs }) => addrs.seed.toUpperCase() + addrs.peer.length);
  c.rounds("again", 2, (r) => shareAddrs(r, server));
});

const raw = testcase(
  async ({ env, sync, params }) => {
    await sync.signalEntry(`done-${env.group}-${params.suffix}`);
  },
  { params: z.object({ suffix: z.string().default("now") }), timeout: "10s" },
);

describe("plans as an author writes them", () => {
  it("ping each other over sockets that never leave their instance", () => {
    expect(shapeOf(pingPong.define({ rounds: 3 }))).toMatchInlineSnapshot(`
      "@seed one *
      @peer rest * {"min":1}
      listen run * {"needs":{}}
      addrs exchange * {"from":"*","to":"*","value":"listen"}
      dial run peer {"needs":{"addrs":"addrs"}}
      connected barrier *
      ping rounds * {"times":3,"value":"ping/rtt"}
       ping/rtt run peer {"needs":{"socket":"dial"}}
       ping/round barrier *
      results gather * {"from":"peer","to":"seed","value":"ping"}
      judge run seed {"needs":{"results":"results"}}
      verdict broadcast * {"from":"seed","to":"*","value":"judge"}
      report run peer {"needs":{"rtts":"ping","verdict":"verdict"}}"
    `);
  });

  it("count a role by a parameter and wait for a part of the instances", () => {
    expect(shapeOf(funding.define())).toMatchInlineSnapshot(`
      "@validator count * {"min":1,"n":4,"param":"validators"}
      @attacker group * {"group":"attackers","min":0}
      @light rest * {"min":1}
      start run * {"needs":{}}
      started barrier *
      funded signal validator
      genesis-check run validator {"needs":{"node":"start"}}
      all-funded wait light {"signal":"funded"}
      transferred barrier validator,light"
    `);
  });

  it("reuse a fragment at the top and inside rounds", () => {
    expect(shapeOf(user.define())).toMatchInlineSnapshot(`
      "@seed one *
      @peer rest * {"min":1}
      listen run * {"needs":{}}
      share/addr run * {"needs":{"server":"listen"}}
      share/addrs exchange * {"from":"*","to":"*","value":"share/addr"}
      use run seed {"needs":{"addrs":"share/addrs"}}
      again rounds * {"times":2,"value":"again/share/addrs"}
       again/share/addr run * {"needs":{"server":"listen"}}
       again/share/addrs exchange * {"from":"*","to":"*","value":"again/share/addr"}"
    `);
  });

  it("stand beside raw test cases in a plan", () => {
    const network = plan("network", { "ping-pong": pingPong, funding, user, raw });
    expect(Object.entries(network.cases).map(([name, { type }]) => `${name}: ${type}`)).toEqual([
      "ping-pong: choreography",
      "funding: choreography",
      "user: choreography",
      "raw: testcase",
    ]);
  });
});
