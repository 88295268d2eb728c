import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const rtt = c.run("rtt", "peer", {}, () => 12);
  const results = c.gather("results", "peer", "seed", rtt);
  c.broadcast("all-results", "seed", results);
});
