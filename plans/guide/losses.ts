import { choreography, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const churn = choreography(
  {
    params: z.object({ killed: z.number().int().default(1).describe("peers that die, the last") }),
    roles: { seed: one(), peer: rest({ atLeast: "50%" }) },
  },
  (c) => {
    const id = c.everyone("work", {}, ({ me }) => {
      const isDoomed = me.id > me.members.length - c.params.killed;
      if (isDoomed) process.kill(process.pid, "SIGKILL");
      return me.id;
    });
    const left = c.exchange("left", id, { schema: z.number().int() });
    c.everyone("report", { left }, ({ left, me }) => me.log("left", { ids: [...left] }));
  },
);

export default plan("losses", { churn });
