import { choreography, rest, sample } from "@groundplan/dsl";
import { z } from "zod";

export default choreography(
  {
    params: z.object({ victims: z.string().default("3") }),
    roles: { victim: sample("victims"), peer: rest() },
  },
  (c) => c.barrier("met"),
);
