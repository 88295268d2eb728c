import { choreography, one, rest } from "@groundplan/dsl";
import { z } from "zod";

export default choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  const addr = c.everyone("addr", {}, () => "10.0.0.1");
  c.exchange("addrs", addr, { schema: z.number() });
});
