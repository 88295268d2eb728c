import { choreography, one, rest, star } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.connect("mesh", star("sed"), {}, () => undefined);
});
