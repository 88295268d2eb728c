import { choreography, one, outside } from "@groundplan/dsl";
import { z } from "zod";

const params = z.object({ gophers: z.number() });

export default choreography({ params, roles: { seed: one(), go: outside("gofers") } }, (c) => {
  c.barrier("ready");
});
