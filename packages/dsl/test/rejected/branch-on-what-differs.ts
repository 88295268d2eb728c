import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const coin = c.everyone("coin", {}, () => true);
  c.branch("if-heads", coin, { then: (d) => d.barrier("met") });
});
