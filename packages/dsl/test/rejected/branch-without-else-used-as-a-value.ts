import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const slow = c.run("slow", "seed", {}, () => true);
  const agreed = c.broadcast("agreed", "seed", slow);
  const value = c.branch("if", agreed, { then: (d) => d.everyone("n", {}, () => 1) });
  c.everyone("use", { value }, () => 1);
});
