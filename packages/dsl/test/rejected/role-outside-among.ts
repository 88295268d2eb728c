import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.among("peer", (d) => d.barrier("met", { at: "seed" }));
});
