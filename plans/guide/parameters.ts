import { choreography, duration, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const greet = choreography(
  {
    params: z.object({
      greeting: z.string().default("hello").describe("what everybody says"),
      times: z.number().int().positive().default(1).describe("how often"),
      pause: duration().default("10ms").describe("time between two"),
    }),
    roles: { node: rest() },
  },
  (c) => {
    c.everyone("greet", {}, async ({ me }) => {
      for (let n = 1; n <= c.params.times; n++) {
        me.log(`${c.params.greeting} ${n}`);
        await me.sleep(c.params.pause);
      }
    });
  },
);

export default plan("parameters", { greet });
