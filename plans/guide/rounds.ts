import { choreography, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const dice = choreography(
  {
    params: z.object({ rounds: z.number().int().default(3).describe("how often all throw") }),
    roles: { player: rest() },
  },
  (c) => {
    const highest = c.rounds("game", c.params.rounds, (round) => {
      const own = round.everyone("throw", {}, ({ me }) => 1 + me.random.int(6));
      const all = round.exchange("eyes", own, { schema: z.number().int() });
      return round.everyone("compare", { all }, ({ all }) => Math.max(...all));
    });
    c.everyone("report", { highest }, ({ highest, me }) => me.log("highest", { highest }));
  },
);

export default plan("rounds", { dice });
