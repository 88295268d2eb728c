import { choreography, one, rest, ring } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const peer = c.everyone("name", {}, () => "peer");
  c.connect("mesh", ring(), { peer }, () => undefined);
});
