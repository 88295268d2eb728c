import { choreography, count, rest } from "@groundplan/dsl";
import { z } from "zod";

export default choreography(
  {
    params: z.object({ leeches: z.number().default(3) }),
    roles: { leech: count("leaches"), seed: rest() },
  },
  (c) => c.barrier("connected"),
);
