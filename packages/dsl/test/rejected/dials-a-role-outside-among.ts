import { choreography, one, random, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.among("peer", (p) => {
    p.connect("mesh", random(2, { to: "seed" }), {}, () => undefined);
  });
});
