import { choreography, one, rest } from "@groundplan/dsl";
import { z } from "zod";

export default choreography(
  { params: z.object({ rounds: z.number().default(3) }), roles: { seed: one(), peer: rest() } },
  (c) => {
    c.rounds("ping", c.params.round, (r) => r.barrier("round"));
  },
);
