import { choreography, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const work = choreography(
  {
    params: z.object({ jobs: z.number().int().default(4).describe("jobs of each instance") }),
    roles: { node: rest() },
  },
  (c) => {
    c.everyone("work", {}, async ({ me }) => {
      const done = me.env.results().counter("jobs_done");
      const begin = me.now();
      for (let job = 1; job <= c.params.jobs; job++) {
        await me.sleep("5ms");
        done.inc();
      }
      me.measure("job_ms", (me.now() - begin) / c.params.jobs);
    });
  },
);

export default plan("measuring", { work });
