import { choreography, one, outside } from "@groundplan/dsl";
import { z } from "zod";

export default choreography({ roles: { seed: one(), go: outside(3) } }, (c) => {
  c.receive("config", "seed", { topic: "config", schema: z.string() });
});
