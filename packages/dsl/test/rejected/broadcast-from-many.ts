import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const addr = c.everyone("addr", {}, () => "10.0.0.1");
  c.broadcast("address", "peer", addr);
});
