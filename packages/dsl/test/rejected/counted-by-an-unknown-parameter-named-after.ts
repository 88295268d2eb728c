import { choreography, count, rest } from "@groundplan/dsl";
import { z } from "zod";

export default choreography(
  {
    roles: { leech: count("leaches"), seed: rest() },
    params: z.object({ leeches: z.number().default(3) }),
  },
  (c) => c.barrier("connected"),
);
