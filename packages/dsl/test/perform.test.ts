import { choreography, count, group, one, rest } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { latch } from "./latch.ts";
import { errors, performAll } from "./perform-all.ts";

const roles = { seed: one(), peer: rest() };
const soon = { timeout: "20s", join: "10s" } as const;

describe("values", () => {
  test("an exchange gives every instance the same roster, its own value included [C19]", async () => {
    const seen: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const port = c.everyone("port", {}, ({ me }) => 4_000 + me.id);
      const ports = c.exchange("ports", port);
      c.everyone("look", { ports }, ({ ports, me }) => {
        seen.push({
          all: [...ports],
          seed: ports.seed,
          peer: ports.peer,
          mine: ports.of(me) - 4_000 - me.id,
        });
      });
    });
    expect(errors(await performAll(found))).toEqual([]);
    const all = [4_001, 4_002, 4_003];
    expect(seen).toEqual(Array(3).fill({ all, seed: 4_001, peer: [4_002, 4_003], mine: 0 }));
  });

  test("a broadcast gives all what one published, the publisher included [C21]", async () => {
    const seen: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const built = c.run("build", "seed", {}, () => ({ chain: "x", height: 3 }));
      const config = c.broadcast("config", "seed", built);
      c.everyone("use", { config }, ({ config, me }) => void seen.push([me.role, config]));
    });
    expect(errors(await performAll(found))).toEqual([]);
    const config = { chain: "x", height: 3 };
    expect(seen.sort()).toEqual([
      ["peer", config],
      ["peer", config],
      ["seed", config],
    ]);
  });

  test("a gather is read by the roles it goes to, and held up by nobody else [C22]", async () => {
    const seen: unknown[] = [];
    const three = { a: one(), b: count(2), c: rest() };
    const found = choreography({ roles: three, ...soon }, (c) => {
      const n = c.run("n", ["b", "c"], {}, ({ me }) => me.id * 10);
      const some = c.gather("some", "b", ["a", "c"], n);
      c.run("read", ["a", "c"], { some }, ({ some, me }) => void seen.push([me.role, [...some.b]]));
    });
    expect(errors(await performAll(found, { groups: { g: 4 } }))).toEqual([]);
    expect(seen.sort()).toEqual([
      ["a", [20, 30]],
      ["c", [20, 30]],
    ]);
  });

  test("a value that never leaves its instance may be anything, and is the instance's own", async () => {
    const seen: boolean[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const map = c.everyone("make", {}, ({ me }) => new Map([["id", me.id]]));
      c.everyone("use", { map }, ({ map, me }) => void seen.push(map.get("id") === me.id));
    });
    expect(errors(await performAll(found))).toEqual([]);
    expect(seen).toEqual([true, true, true]);
  });

  test("what is agreed is one frozen roster for all instances of a process, and nobody changes it for others", async () => {
    const seen = new Set<unknown>();
    const found = choreography({ roles, ...soon }, (c) => {
      const list = c.everyone("list", {}, ({ me }) => ({ ids: [me.id] }));
      const lists = c.exchange("lists", list);
      c.everyone("look", { lists }, ({ lists }) => void seen.add(lists));
      c.run("change", "seed", { lists }, ({ lists }) => void lists.seed.ids.push(9));
    });
    const texts = errors(await performAll(found));
    expect(seen.size).toBe(1);
    expect(texts.join()).toContain(
      "stage 'change': Cannot add property 1, object is not extensible",
    );
  });

  test("an exchange among 1,000 instances of a process takes one roster, not a thousand", async () => {
    let sum = 0;
    const found = choreography({ roles: { node: rest() }, ...soon }, (c) => {
      const id = c.everyone("id", {}, ({ me }) => me.id);
      const all = c.exchange("all", id);
      c.everyone("add", { all }, ({ all }) => {
        sum += all.size;
      });
    });
    expect(errors(await performAll(found, { groups: { g: 1_000 } }))).toEqual([]);
    expect(sum).toBe(1_000_000);
  });

  test("what is not JSON fails its sender with the path of the value [C26]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const odd: unknown = { deep: [new Date(0)] };
      const value = c.everyone("make", {}, () => odd as { deep: string[] });
      c.exchange("share", value);
    });
    const texts = errors(await performAll(found));
    expect(texts).toHaveLength(3);
    expect(texts.join()).toContain(
      "stage 'share': value at stage 'share' is not JSON: .deep[0] is a Date",
    );
  });

  test("a value that does not fit the schema names instance, stage and path [C27]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const value = c.everyone("make", {}, ({ me }) => ({ port: me.id === 2 ? -1 : 1 }));
      c.exchange("share", value, { schema: z.object({ port: z.number().positive() }) });
    });
    const texts = errors(await performAll(found));
    expect(texts.join()).toContain(
      "the value of #2 (peer) at stage 'share' does not fit its schema: port:",
    );
  });

  test("a value over the store's limit is refused before it is sent", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const value = c.everyone("make", {}, () => "x".repeat(1_100_000));
      c.exchange("share", value);
    });
    const [text = ""] = errors(await performAll(found)).filter(
      (each) => !each.startsWith("aborted"),
    );
    expect(text).toMatch(/stage 'share': .*1048576 is the limit/);
  });
});

describe("time", () => {
  test.each([1, 2, 100, 1_000])(
    "a barrier lets %i instances pass together, and none early [C29]",
    async (n) => {
      let before = 0;
      const atPassing: number[] = [];
      const found = choreography({ roles: { node: rest() }, ...soon }, (c) => {
        c.everyone("arrive", {}, async ({ me }) => {
          if (me.id === 1) await me.sleep(20);
          before += 1;
        });
        c.barrier("all");
        c.everyone("pass", {}, () => void atPassing.push(before));
      });
      expect(errors(await performAll(found, { groups: { g: n } }))).toEqual([]);
      expect(atPassing).toEqual(Array(n).fill(n));
    },
  );

  test("a barrier of one role does not hold up the others [C30]", async () => {
    const order: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("slow", "peer", {}, ({ me }) => me.sleep(30));
      c.barrier("peers", { at: "peer" });
      c.everyone("after", {}, ({ me }) => void order.push(me.role));
    });
    expect(errors(await performAll(found))).toEqual([]);
    expect(order).toEqual(["seed", "peer", "peer"]);
  });

  test("a signal does not wait, and who waits for it waits for all its members [C31]", async () => {
    const order: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("fund", "peer", {}, async ({ me }) => {
        await me.sleep(me.id * 10);
        order.push(`funded ${me.id}`);
      });
      const funded = c.signal("funded", { at: "peer" });
      c.waitFor("enough", funded, { at: "seed" });
      c.run("go", "seed", {}, () => void order.push("go"));
    });
    expect(errors(await performAll(found))).toEqual([]);
    expect(order).toEqual(["funded 2", "funded 3", "go"]);
  });

  test("stages of different roles overlap, however far apart they stand [C34]", async () => {
    const [dialling, served] = [latch(), latch()];
    const found = choreography({ roles, ...soon }, (c) => {
      // The seed's ends when the peers are two stages further; theirs when the seed is past it.
      c.run("serve", "seed", {}, () => dialling.opened);
      c.barrier("peers", { at: "peer" });
      c.run("dial", "peer", {}, () => {
        dialling.open();
        return served.opened;
      });
      c.run("report", "seed", {}, () => served.open());
    });
    expect(errors(await performAll(found))).toEqual([]);
  });

  test("every instance visits the stages in the same order [C33]", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      const n = c.everyone("n", {}, () => 1);
      c.rounds("r", 3, (r) => {
        r.everyone("work", {}, ({ me }) => me.sleep(me.id));
        r.barrier("met");
      });
      c.exchange("ns", n);
    });
    const { journal } = await performAll(found);
    const visits = [1, 2, 3].map((id) =>
      journal.filter((e) => e.id === id && e.event === "enter").map(({ stage }) => stage),
    );
    expect(visits[0]).toEqual([
      "@roster",
      "n",
      ...[1, 2, 3].flatMap((i) => [`r/work#${i}`, `r/met#${i}`]),
      "ns",
      "@end",
    ]);
    expect(visits[1]).toEqual(visits[0]);
    expect(visits[2]).toEqual(visits[0]);
  });
});

describe("rounds", () => {
  test("each round has its own keys, and the list holds every round's value [C38] [C39]", async () => {
    const seen: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const grid = c.rounds("outer", 2, (outer) =>
        outer.rounds("inner", 3, (inner) => {
          const cell = inner.everyone("cell", {}, ({ me }) => `${me.stage}:${me.round}`);
          const all = inner.exchange("all", cell);
          return inner.everyone("count", { all }, ({ all }) => all.seed);
        }),
      );
      c.run("look", "seed", { grid }, ({ grid }) => void seen.push(grid));
    });
    expect(errors(await performAll(found))).toEqual([]);
    const cell = (o: number, i: number) => `outer/inner/cell#${o}.${i}:${i - 1}`;
    expect(seen).toEqual([[1, 2].map((o) => [1, 2, 3].map((i) => cell(o, i)))]);
  });

  test("a signal of an outer round is waited for in an inner one", async () => {
    const found = choreography({ roles, ...soon }, (c) => {
      c.rounds("outer", 2, (outer) => {
        const ready = outer.signal("ready", { at: "seed" });
        outer.rounds("inner", 2, (inner) => inner.waitFor("go", ready, { at: "peer" }));
      });
    });
    expect(errors(await performAll(found))).toEqual([]);
  });

  test("none is nothing but an empty list", async () => {
    const seen: unknown[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      const none = c.rounds("none", 0, (r) => r.everyone("never", {}, () => 1));
      c.run("look", "seed", { none }, ({ none }) => void seen.push(none));
    });
    expect(errors(await performAll(found))).toEqual([]);
    expect(seen).toEqual([[]]);
  });
});

describe("the instance", () => {
  test("parameters reach the definition, converted and with their defaults", async () => {
    const seen: unknown[] = [];
    const params = z.object({ rounds: z.number().default(2), name: z.string().default("x") });
    const found = choreography({ roles, params, ...soon }, (c) => {
      c.rounds("r", c.params.rounds, (r) =>
        r.run("i", "seed", {}, ({ me }) => void seen.push(me.round)),
      );
      c.run("name", "seed", {}, () => void seen.push(c.params.name));
    });
    expect(errors(await performAll(found, { params: { single: "rounds=3" } }))).toEqual([]);
    expect(seen).toEqual([0, 1, 2, "x"]);
  });

  test("groups of different sizes fill their roles, and ids follow the order of the roles [C16]", async () => {
    const seen = new Map<number, string>();
    const three = { boss: one({ group: "b" }), worker: group("b"), idle: rest() };
    const found = choreography({ roles: three, ...soon }, (c) => {
      c.everyone("who", {}, ({ me }) => void seen.set(me.id, `${me.role} of ${me.group}`));
    });
    expect(errors(await performAll(found, { groups: { a: 2, b: 3 } }))).toEqual([]);
    expect([...seen].sort(([a], [b]) => a - b)).toEqual([
      [1, "boss of b"],
      [2, "worker of b"],
      [3, "worker of b"],
      [4, "idle of a"],
      [5, "idle of a"],
    ]);
  });

  test("me.measure writes a point to the run's results, me.log a line that names the stage", async () => {
    const found = choreography({ roles: { a: one() }, ...soon }, (c) => {
      c.everyone("work", {}, ({ me }) => {
        me.log("hello", { size: 3 });
        expect(me.now()).toBeGreaterThanOrEqual(0);
        expect(me.members).toHaveLength(1);
      });
    });
    const run = await performAll(found, { groups: { g: 1 } });
    expect(errors(run)).toEqual([]);
    const line = run.lines.find((each) => each.includes("hello")) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      msg: "hello",
      size: 3,
      instance_id: 1,
      role: "a",
      stage: "work",
    });
  });

  test("cleanups run after the last stage of all, in reverse order", async () => {
    const order: string[] = [];
    const found = choreography({ roles, ...soon }, (c) => {
      c.run("open", "seed", {}, ({ me }) => {
        me.cleanup(() => void order.push("first"));
        me.cleanup(async () => void order.push("second"));
      });
      c.run("slow", "peer", {}, async ({ me }) => {
        await me.sleep(30);
        order.push("work");
      });
    });
    expect(errors(await performAll(found))).toEqual([]);
    expect(order).toEqual(["work", "work", "second", "first"]);
  });
});
