import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.run("dial", "peer", {}, ({ me }) => me.role === "seed");
});
