import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const n = c.among("peer", (d) => d.everyone("n", {}, () => 1));
  c.exchange("ns", n);
});
