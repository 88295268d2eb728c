import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const n = c.everyone("n", {}, () => 3);
  c.rounds("ping", n, (r) => r.barrier("round"));
});
