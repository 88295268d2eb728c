import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.rounds("ping", 3, async (r) => {
    r.barrier("round");
  });
});
