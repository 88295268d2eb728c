import { choreography, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const restart = choreography(
  {
    params: z.object({ failures: z.number().int().default(2).describe("how often each fails") }),
    roles: { node: rest() },
    timeout: "2m",
  },
  (c) => {
    c.everyone(
      "start",
      {},
      ({ me }) => {
        if (me.attempt <= c.params.failures) throw new Error("the port is taken");
        me.log(`started in attempt ${me.attempt}`);
      },
      { retry: { attempts: 3, backoff: "20ms..100ms" }, timeout: "30s" },
    );
    c.everyone("migrate", {}, ({ me }) => me.sleep("20ms"), { concurrency: 1 });
  },
);

export default plan("patience", { restart });
