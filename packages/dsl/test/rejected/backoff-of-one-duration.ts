import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.everyone("dial", {}, () => 1, { retry: { attempts: 5, backoff: "200ms" } });
});
