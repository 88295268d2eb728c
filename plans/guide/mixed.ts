import { choreography, outside, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const mixed = choreography(
  {
    params: z.object({ foreign: z.number().int().default(2).describe("instances outside") }),
    roles: { go: outside("foreign"), node: rest() },
  },
  (c) => {
    const names = c.receive("names", "go", { topic: "names", schema: z.string(), timeout: "20s" });
    c.everyone("greet", { names }, ({ names, me }) => me.log(`hello, ${names.join(" and ")}`));
    c.barrier("ready", { at: ["node", "go"], state: "ready", timeout: "20s" });
  },
);

export default plan("mixed", { mixed });
