import { choreography, rest, where } from "@groundplan/dsl";
import { z } from "zod";

export default choreography(
  {
    params: z.object({ byzantine: z.boolean().default(false) }),
    roles: { liar: where({ bizantine: true }), honest: rest() },
  },
  (c) => c.barrier("met"),
);
