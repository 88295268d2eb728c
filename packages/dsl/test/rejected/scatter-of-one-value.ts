import { choreography, rest, one as single } from "@groundplan/dsl";

export default choreography({ roles: { seed: single(), peer: rest() } }, (c) => {
  const one = c.run("one", "seed", {}, () => 1);
  c.scatter("parts", "seed", "peer", one);
});
