import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const first = c.run("pick", "seed", {}, () => ["10.0.0.1"].at(0));
  c.broadcast("first", "seed", first);
});
