import { hostname } from "node:os";
import {
  type Choreography,
  choreography,
  count,
  custom,
  group,
  type Me,
  one,
  outside,
  percent,
  type Ref,
  type Roles,
  rest,
  type Scope,
  where,
} from "@groundplan/dsl";
import { z } from "zod";

type Anyone = Choreography<never>;

const roles = { seed: one(), peer: rest() };
const Text = z.string();

/** Declares what its bodies return only to use it. */
export const sound: Anyone = choreography({ roles, timeout: "2m" }, (c) => {
  const address = c.everyone("listen", {}, ({ me }) => `10.0.0.${me.id}`, { timeout: "30s" });
  const all = c.exchange("addresses", address, { schema: Text });
  const ready = c.signal("ready", { at: "seed" });
  c.waitFor("seed-ready", ready, { at: "peer" });
  c.run("dial", "peer", { all }, ({ all, me }) => me.log(all.seed), { timeout: "1m" });
  c.barrier("dialled", { timeout: "20s" });
});

export const unusedValue: Anyone = choreography({ roles }, (c) => {
  c.everyone("number", {}, ({ me }) => me.id + 1);
  c.signal("unheard");
});

export const unreadGather: Anyone = choreography({ roles }, (c) => {
  const name = c.run("name", "peer", {}, () => "a name");
  c.gather("names", "peer", "seed", name, { schema: Text });
});

export const mayBeEmpty: Anyone = choreography(
  { roles: { validator: count(2), attacker: group("attackers", { min: 0 }), light: rest() } },
  (c) => {
    c.run("attack", "attacker", {}, ({ me }) => me.log("attacking"));
    c.barrier("over");
  },
);

export const byGroupAndParams: Anyone = choreography(
  {
    params: z.object({ kind: z.string().default("light") }),
    roles: { heavy: where({ kind: "heavy" }), half: percent(50), other: rest() },
  },
  (c) => {
    c.barrier("up");
  },
);

export const needsMany: Anyone = choreography(
  { roles: { first: count(3), second: count(4) }, instances: { max: 7 } },
  (c) => {
    c.barrier("up");
  },
);

export const noSchema: Anyone = choreography({ roles: { peer: rest(), go: outside(2) } }, (c) => {
  const name = c.everyone("name", {}, () => "a name");
  const names = c.exchange("names", name);
  const topical = c.exchange("topical", name, { topic: "names" });
  c.everyone("use", { names, topical }, ({ names, me }) => me.log(`${names.size}`));
});

export const largeValue: Anyone = choreography({ roles }, (c) => {
  const blob = c.run("blob", "seed", {}, () => "x");
  const sent = c.broadcast("sent", "seed", blob, { schema: z.string().max(2_000_000) });
  c.everyone("use", { sent }, ({ sent, me }) => me.log(sent));
});

export const manyMessages: Anyone = choreography({ roles }, (c) => {
  const name = c.everyone("name", {}, () => "a name");
  c.rounds("talk", 100, (r) => {
    const names = r.exchange("names", name, { schema: Text });
    r.everyone("use", { names }, ({ names, me }) => me.log(`${names.size}`));
  });
});

export const shaped: Anyone = choreography({ roles }, (c) => {
  c.shape("slow", { latency: "100ms" });
});

export const shapedPerhaps: Anyone = choreography({ roles }, (c) => {
  const isShaped = c.run("ask", "seed", {}, () => true);
  const agreed = c.broadcast("agreed", "seed", isShaped, { schema: z.boolean() });
  c.branch("if-shaped", agreed, { then: (d) => d.shape("slow", { latency: "100ms" }) });
});

export const shortRun: Anyone = choreography({ roles, timeout: "2m" }, (c) => {
  c.rounds("dial", 5, (r) => {
    r.run("peers", "peer", {}, ({ me }) => me.log("dialling"), { timeout: "30s" });
  });
});

export const endless: Anyone = choreography({ roles, timeout: "6h" }, (c) => {
  c.everyone("work", {}, ({ me }) => me.log("working"));
});

export const usesSync: Anyone = choreography({ roles }, (c) => {
  c.everyone("count", {}, async ({ me }) => {
    await me.sync.signalEntry("counted");
    await again(me);
  });
});

async function again({ sync }: Me): Promise<void> {
  await sync.signalEntry("again");
}

export const ambient: Anyone = choreography({ roles }, (c) => {
  const started = Date.now();
  c.everyone("started", {}, ({ me }) => me.log(`${started} ${Date.now()}`));
  if (process.env["SLOW"] === "1") c.barrier("slow");
  c.rounds("again", Math.min(3, where3()), (r) => {
    r.barrier(`of-${["a"].map(() => Math.random() < 2)[0]}`);
  });
});

function where3(): number {
  return hostname().length;
}

export const condition: Anyone = choreography({ roles }, (c) => {
  const slow = c.run("slow", "seed", {}, () => true);
  const agreed = c.broadcast("agreed", "seed", slow, { schema: z.boolean() });
  if (slow) c.barrier("waited");
  c.rounds("more", agreed ? 3 : 1, (r) => {
    if (!agreed) r.barrier("never");
  });
});

/** Handles are shadowed by the values of the same names, and in bodies everything may be asked. */
export const noCondition: Anyone = choreography(
  { roles, params: z.object({ fast: z.boolean().default(true) }) },
  (c) => {
    const slow = c.run("slow", "seed", {}, () => Date.now() > 1);
    const agreed = c.broadcast("agreed", "seed", slow, { schema: z.boolean() });
    c.everyone("use", { agreed }, ({ agreed, me }) => {
      if (agreed) me.log("slow");
    });
    if (c.params.fast) c.barrier("fast");
    fragment(c, agreed);
  },
);

function fragment<RM extends Roles, C extends string, P>(
  c: Scope<RM, C, P>,
  agreed: Ref<boolean, C>,
  also?: Ref<boolean, C>,
): void {
  if (also) c.everyone("also", { also }, ({ me }) => me.log("also"));
  c.everyone("fragment", { agreed }, ({ me }) => me.log("fragment"));
}

export const twice: Anyone = choreography({ roles }, (c) => {
  c.barrier("up");
  c.barrier("up");
});

export const reserved: Anyone = choreography({ roles }, (c) => {
  c.barrier("up", { state: "network-initialized" });
});

export const throws: Anyone = choreography({ roles }, (c) => {
  const sizes: Readonly<Record<string, readonly string[]>> = {};
  for (const name of sizes["missing"] as readonly string[]) c.barrier(name);
});

export const noDefault: Anyone = choreography(
  { roles, params: z.object({ rounds: z.number() }) },
  (c) => {
    c.rounds("again", c.params.rounds, (r) => r.barrier("done"));
  },
);

export const longList: Anyone = choreography({ roles }, (c) => {
  const rtts = c.rounds("ping", 5_000, (r) => r.run("rtt", "peer", {}, () => 1));
  const all = c.gather("rtts", "peer", "seed", rtts, { schema: z.array(z.number()) });
  c.run("report", "seed", { all }, ({ all, me }) => me.log(`${all.size}`));
});

export const compared: Anyone = choreography({ roles }, (c) => {
  const slow = c.run("slow", "seed", {}, () => 3);
  const ms = slow as unknown as number;
  if (ms > 2) c.barrier("waited");
});

export const ambientFold: Anyone = choreography({ roles }, (c) => {
  const id = c.everyone("id", {}, ({ me }) => me.id);
  const fold = (ids: readonly number[]): number => ids.length;
  const sum = c.reduce("sum", "peer", id, (ids) => ids.map((id) => id * Math.random())[0] ?? 0, {
    schema: z.number(),
  });
  const all = c.reduce("all", "peer", id, fold, { schema: z.number() });
  const links = c.connect(
    "mesh",
    custom((members) => members.slice(Date.now() % 2).map(({ id }) => [id, 1])),
    { sum, all },
    ({ peer }) => peer.id + Date.now(),
  );
  c.everyone("use", { links }, ({ links, me }) => me.log(`${links.length}`));
});

export const ambientFragment: Anyone = choreography({ roles }, (c) => {
  const odd = c.run("odd", "seed", {}, () => true);
  const agreed = c.broadcast("agreed", "seed", odd, { schema: z.boolean() });
  const value = c.branch("if-odd", agreed, {
    then: (d) => d.everyone("then", {}, () => 1),
    else: (d) => d.everyone("else", {}, () => 2),
  });
  if (value !== undefined) c.everyone("use", { value }, ({ value, me }) => me.log(`${value}`));
  yearly(c);
});

function yearly<RM extends Roles, C extends string, P>(c: Scope<RM, C, P>): void {
  const isLate = new Date().getFullYear() > 2_000;
  c.barrier(isLate ? "late" : "early");
}
