import {
  type Choreography,
  choreography,
  count,
  one,
  outside,
  percent,
  rest,
  ring,
  sample,
} from "@groundplan/dsl";
import { z } from "zod";

const Flag = z.boolean();
const Figure = z.number();

/** Every kind of stage that needs nothing but a store. */
export const everything = choreography(
  {
    params: z.object({ workers: z.number().int().default(3) }),
    roles: { leader: one(), worker: count("workers"), watcher: sample(1), observer: rest() },
    timeout: "2m",
  },
  (c) => {
    const figure = c.everyone("figure", {}, ({ me }) => me.id, { timeout: "20s", concurrency: 4 });
    const all = c.exchange("figures", figure, { schema: Figure });
    c.connect("mesh", ring(), { all }, ({ peer }) => peer.id, { timeout: "15s" });
    const list = c.run("list", "leader", {}, ({ me }) =>
      me.members.filter(({ role }) => role === "worker").map(({ id }) => id * 10),
    );
    const share = c.scatter("shares", "leader", "worker", list, { schema: Figure });
    const ready = c.signal("ready", { at: ["worker", "watcher"] });
    c.waitFor("mostly-ready", ready, { at: ["leader", "observer"], atLeast: "60%" });
    const shares = c.gather("gathered", "worker", ["leader", "observer"], share, {
      schema: Figure,
    });
    const enough = c.run("enough", "leader", { shares }, ({ shares }) => shares.size > 1);
    const agreed = c.broadcast("agreed", "leader", enough, { schema: Flag });
    c.branch("if-enough", agreed, {
      then: (d) => {
        d.barrier("enough", { at: ["leader", "watcher"], timeout: "10s" });
        d.rounds("twice", 2, (r) => {
          r.exchange("again", figure, { schema: Figure });
          r.barrier("met");
        });
      },
      else: (d) => d.barrier("too-few"),
    });
    c.repeat("until-done", { max: 5 }, (r) => {
      const mine = r.everyone("done", {}, ({ me }) => me.round === 1);
      const done = r.reduce("all-done", ["leader", "worker"], mine, (each) => each.every(Boolean), {
        schema: Flag,
      });
      return { until: done };
    });
    c.among(["worker", "observer"], (d) => d.barrier("among-these"));
  },
);

/** What instances outside take part in. */
export const mixed: Choreography<never> = choreography(
  { roles: { seed: one(), peer: rest(), go: outside(2) }, timeout: "1m" },
  (c) => {
    const name = c.everyone("name", {}, ({ me }) => `n${me.id}`);
    const ready = c.signal("ready", { at: ["seed", "go"], state: "ready" });
    c.waitFor("are-ready", ready, { at: "peer" });
    const names = c.exchange("names", name, { topic: "names", schema: z.string() });
    const config = c.receive("config", "go", { topic: "config", schema: z.number() });
    c.everyone("use", { names, config }, ({ names, config, me }) =>
      me.log(`${names.size} ${config.length}`),
    );
    c.barrier("up", { at: ["seed", "peer", "go"], state: "up" });
  },
);

/** Links that a sidecar shapes, with shares of all instances. */
export const shaped: Choreography<never> = choreography(
  { roles: { half: percent(50), other: rest() }, timeout: "1m" },
  (c) => {
    c.shape("slow", { latency: "100ms", loss: 1 });
    c.rounds("again", 2, (r) => {
      r.shape("slower", ({ me }) => ({ latency: me.round * 10 }), { at: "half" });
      r.barrier("slowed", { at: "half" });
    });
  },
);
