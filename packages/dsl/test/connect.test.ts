import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import {
  choreography,
  custom,
  edgesOf,
  full,
  type Link,
  line,
  one,
  random,
  rest,
  ring,
  shapeOf,
  star,
  type Topology,
  tree,
} from "@groundplan/dsl";
import { describe, expect, expectTypeOf, it } from "vitest";
import { errors, performAll } from "./perform-all.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "30s", join: "20s" } as const;

/** Who dialled whom, as the bodies saw it. */
async function dialled(topology: Topology<"seed" | "peer">, n: number): Promise<string[]> {
  const edges: string[] = [];
  const found = choreography({ roles, ...soon }, (c) => {
    c.connect("mesh", topology, {}, ({ me, peer }) => void edges.push(`${me.id}>${peer.id}`));
  });
  expect(errors(await performAll(found, { groups: { g: n } }))).toEqual([]);
  return edges.sort();
}

describe("a connect stage", () => {
  it.each<[string, Topology<"seed" | "peer">, string[]]>([
    ["ring", ring(), ["1>2", "2>3", "3>4", "4>1"]],
    ["line", line(), ["1>2", "2>3", "3>4"]],
    ["tree", tree(), ["2>1", "3>1", "4>2"]],
    ["full", full(), ["2>1", "3>1", "3>2", "4>1", "4>2", "4>3"]],
    ["star", star("seed"), ["2>1", "3>1", "4>1"]],
    ["custom", custom((all) => all.slice(1).map(({ id }) => [1, id])), ["1>2", "1>3", "1>4"]],
  ])("runs its body once for each edge of a %s", async (_, topology, edges) => {
    expect(await dialled(topology, 4)).toEqual(edges);
  });

  it("links nobody where there is but one", async () => {
    const found = choreography({ roles: { node: rest() }, ...soon }, (c) => {
      const links = c.connect("mesh", full(), {}, () => 1);
      c.everyone("look", { links }, ({ links }) => expect(links).toEqual([]));
    });
    expect(errors(await performAll(found, { groups: { g: 1 } }))).toEqual([]);
  });

  it("draws a random topology that a tool can draw beforehand, with the run's seed", async () => {
    const edges: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.rounds("r", 2, (r) => {
        r.connect(
          "mesh",
          random(2),
          {},
          ({ me, peer }) => void edges.push(`${me.stage} ${me.id}>${peer.id}`),
        );
      });
    });
    const run = await performAll(found, { groups: { g: 6 }, seed: "847" });
    expect(errors(run)).toEqual([]);
    const members = Array.from({ length: 6 }, (_, i) => ({ id: i + 1, role: "peer", group: "g" }));
    const drawn = ["r/mesh#1", "r/mesh#2"].flatMap((key) =>
      edgesOf(random(2), members, "847", key).map(([from, to]) => `${key} ${from}>${to}`),
    );
    expect(edges.sort()).toEqual(drawn.sort());
  });

  it("gives each instance its links, in order of the peers, over real sockets", async () => {
    const seen = new Map<number, string[]>();
    const found = choreography({ roles, ...soon }, (c) => {
      const port = c.everyone("listen", {}, async ({ me }) => {
        const server = createServer((socket) => void socket.end(`hello from ${me.id}`)).listen(0);
        await once(server, "listening");
        me.cleanup(() => void server.close());
        return (server.address() as AddressInfo).port;
      });
      const ports = c.exchange("ports", port);
      const links = c.connect("mesh", full(), { ports }, async ({ ports, peer, me }) => {
        const socket = connect(ports.of(peer));
        me.cleanup(() => void socket.destroy());
        await once(socket, "connect", { signal: me.signal });
        return socket;
      });
      expectTypeOf(links).toExtend<object>();
      c.everyone("read", { links }, async ({ links, me }) => {
        expect(Object.isFrozen(links)).toBe(true);
        const read = links.map(async ({ peer, value }: Link<ReturnType<typeof connect>>) => {
          const [data] = (await once(value, "data")) as [Buffer];
          return `#${peer.id} ${peer.role}: ${data}`;
        });
        seen.set(me.id, await Promise.all(read));
      });
    });
    expect(errors(await performAll(found, { groups: { g: 3 } }))).toEqual([]);
    expect(Object.fromEntries(seen)).toEqual({
      1: [],
      2: ["#1 seed: hello from 1"],
      3: ["#1 seed: hello from 1", "#2 peer: hello from 2"],
    });
  });

  it("takes only those who take part, inside of among", async () => {
    const edges: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.among("peer", (peers) => {
        peers.connect("mesh", full(), {}, ({ me, peer }) => void edges.push(`${me.id}>${peer.id}`));
      });
    });
    expect(errors(await performAll(found, { groups: { g: 4 } }))).toEqual([]);
    expect(edges.sort()).toEqual(["3>2", "4>2", "4>3"]);
  });

  it("runs the bodies of one instance side by side", async () => {
    let inside = 0;
    let release: () => void = () => {};
    const allInside = new Promise<void>((resolve) => {
      release = resolve;
    });
    const found = choreography({ roles, ...soon }, (c) => {
      c.connect(
        "mesh",
        custom((all) => all.slice(1).map(({ id }) => [1, id])),
        {},
        () => {
          inside += 1;
          if (inside === 19) release();
          return allInside;
        },
      );
    });
    expect(errors(await performAll(found, { groups: { g: 20 } }))).toEqual([]);
  });

  it("gives each edge draws of its own", async () => {
    const draws: number[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.connect("mesh", full(), {}, ({ me }) => void draws.push(me.random.next()));
    });
    expect(errors(await performAll(found, { groups: { g: 4 } }))).toEqual([]);
    expect(new Set(draws).size).toBe(6);
  });
});

describe("the options of a connect stage:", () => {
  it("a retry is for each edge, and leaves the others alone", async () => {
    const attempts: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.connect(
        "mesh",
        full(),
        {},
        ({ me, peer }) => {
          attempts.push(`${me.id}>${peer.id} ${me.attempt}`);
          if (me.id === 3 && peer.id === 1 && me.attempt < 3) throw new Error("refused");
        },
        { retry: { backoff: "1ms..2ms" } },
      );
    });
    expect(errors(await performAll(found, { groups: { g: 3 } }))).toEqual([]);
    expect(attempts.sort()).toEqual(["2>1 1", "3>1 1", "3>1 2", "3>1 3", "3>2 1"]);
  });

  it("an edge that fails for good ends the run, and its error names both ends", async () => {
    let isEnded = false;
    const found = choreography({ roles, ...soon }, (c) => {
      c.connect(
        "mesh",
        custom(() => [
          [1, 2],
          [1, 3],
        ]),
        {},
        ({ me, peer }) => {
          if (peer.id === 3) throw new Error("refused");
          return new Promise((_, reject) => {
            me.signal.addEventListener("abort", () => {
              isEnded = true;
              reject(me.signal.reason);
            });
          });
        },
        { retry: { attempts: 2, backoff: "1ms..1ms" } },
      );
    });
    const [own, ...others] = errors(await performAll(found, { groups: { g: 3 } }));
    const text = "towards #3 (peer): refused (attempt 2 of 2)";
    expect(own).toBe(`seed #1 stage 'mesh': ${text}`);
    expect(others).toEqual([2, 3].map(() => `aborted: #1 (seed) failed in 'mesh': ${text}`));
    expect(isEnded).toBe(true);
  });

  it("the timeout is for all edges of an instance together, and names those that are open", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.connect(
        "mesh",
        custom((all) => all.slice(1).map(({ id }) => [1, id])),
        {},
        ({ me, peer }) => {
          if (peer.id === 2) return "linked";
          if (peer.id === 3 && me.attempt === 1) throw new Error("refused");
          return new Promise(() => {});
        },
        { timeout: "1s", retry: { backoff: "1ms..1ms" } },
      );
    });
    const [own] = errors(await performAll(found, { groups: { g: 4 } }));
    expect(own).toBe(
      "seed #1 stage 'mesh': the body has not returned after 1 s towards " +
        "#3 (peer) (attempt 2 of 3, last error: refused), #4 (peer) (attempt 1 of 3)",
    );
  });

  it("concurrency counts instances, each with all of its edges", async () => {
    const open = new Map<number, number>();
    let most = 0;
    const order: number[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.connect(
        "mesh",
        full(),
        {},
        async ({ me }) => {
          if (!open.has(me.id)) order.push(me.id);
          open.set(me.id, (open.get(me.id) ?? 0) + 1);
          most = Math.max(most, [...open.values()].filter((n) => n > 0).length);
          await me.sleep(5);
          open.set(me.id, (open.get(me.id) ?? 0) - 1);
        },
        { concurrency: 1 },
      );
    });
    expect(errors(await performAll(found, { groups: { g: 6 } }))).toEqual([]);
    expect(most).toBe(1);
    expect(order).toEqual([2, 3, 4, 5, 6]);
  });
});

describe("a topology that cannot be", () => {
  it("is refused at the definition where its role does not take part", () => {
    const hub = (): unknown =>
      choreography({ roles }, (c) => {
        c.connect("mesh", star("sed" as "seed"), {}, () => 1);
      }).define({}, { sources: false });
    expect(hub).toThrow("stage 'mesh'");
    expect(hub).toThrow("'sed'");
    const among = (): unknown =>
      choreography({ roles }, (c) => {
        c.among("peer", (p) => {
          p.connect("mesh", random(1, { to: "seed" as "peer" }), {}, () => 1);
        });
      }).define({}, { sources: false });
    expect(among).toThrow("'seed'");
  });

  it("is refused at the definition where it is none", () => {
    const define = (): unknown =>
      choreography({ roles }, (c) => {
        c.connect("mesh", "ring" as unknown as Topology, {}, () => 1);
      }).define({}, { sources: false });
    expect(define).toThrow(
      "stage 'mesh': its topology is none: use ring(), line(), tree(), full(), star(), random() or custom()",
    );
  });

  it("fails the stage where its function gives edges that cannot be", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.connect(
        "mesh",
        custom(() => [[1, 9]]),
        {},
        () => 1,
      );
    });
    const run = await performAll(found, { groups: { g: 2 } });
    expect(errors(run).join("\n")).toContain(
      "stage 'mesh': custom(): the edge from #1 to #9: #9 is none of the members it was given",
    );
  });
});

describe("a connect stage as data", () => {
  it("holds its topology, and its function apart", () => {
    const pairs = (): [number, number][] => [[1, 2]];
    const found = choreography({ roles }, (c) => {
      const addr = c.everyone("addr", {}, () => "a");
      c.connect("by-hand", custom(pairs), { addr }, () => 1, { concurrency: 5 });
      c.rounds("r", 2, (r) => {
        r.connect("mesh", random(4, { to: "peer" }), {}, () => 1, { retry: {}, timeout: "5s" });
      });
      c.connect("hub", star("seed"), {}, () => 1, { requires: "sidecar" });
    }).define();
    expect(shapeOf(found)).toMatchInlineSnapshot(`
      "@seed one *
      @peer rest * {"min":1}
      addr run * {"needs":{}}
      by-hand connect * {"concurrency":5,"needs":{"addr":"addr"},"topology":{"kind":"custom"}}
      r rounds * {"times":2}
       r/mesh connect * {"needs":{},"topology":{"k":4,"kind":"random","to":"peer"}}
      hub connect * {"needs":{},"requires":"sidecar","topology":{"hub":"seed","kind":"star"}}"
    `);
    expect(found.edges.get("by-hand")).toBe(pairs);
    expect(JSON.parse(JSON.stringify(found.stages))).toEqual(found.stages);
  });

  it("has another fingerprint with another topology, and none with other retries", () => {
    const fingerprint = (topology: Topology<"seed" | "peer">, attempts = 3): string =>
      choreography({ roles }, (c) => {
        c.connect("mesh", topology, {}, () => 1, { retry: { attempts } });
      }).define().fingerprint;
    const all = [ring(), tree(2), tree(3), star("seed"), star("peer"), random(1), random(2)];
    expect(new Set(all.map((each) => fingerprint(each))).size).toBe(all.length);
    expect(fingerprint(ring(), 4)).toBe(fingerprint(ring(), 5));
  });
});
