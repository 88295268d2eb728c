import { createServer } from "node:net";
import { choreography, one, rest } from "@groundplan/dsl";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const server = c.everyone("listen", {}, () => createServer());
  c.exchange("servers", server);
});
