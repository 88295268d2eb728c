import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const slow = c.run("slow", "seed", {}, () => true);
  c.branch("if-slow", slow, { then: (d) => d.barrier("met") });
});
