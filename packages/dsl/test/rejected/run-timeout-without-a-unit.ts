import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() }, timeout: "200" }, (c) => {
  c.barrier("connected");
});
