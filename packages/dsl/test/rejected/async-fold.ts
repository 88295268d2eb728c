import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const n = c.everyone("n", {}, () => 1);
  c.reduce("sum", "peer", n, async (ns) => ns.length);
});
