import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const started = c.run("start", "seed", {}, () => new Date());
  c.broadcast("started", "seed", started);
});
