import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.repeat("mine", {}, (r) => {
    const done = r.run("done", "seed", {}, () => true);
    return { until: r.broadcast("agreed", "seed", done) };
  });
});
