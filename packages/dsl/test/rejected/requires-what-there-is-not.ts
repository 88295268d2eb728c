import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.everyone("cut", {}, () => undefined, { requires: "sidecars" });
});
