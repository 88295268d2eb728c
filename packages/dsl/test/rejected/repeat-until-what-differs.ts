import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.repeat("mine", { max: 9 }, (r) => ({ until: r.everyone("coin", {}, () => true) }));
});
