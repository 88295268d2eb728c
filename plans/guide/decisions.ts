import { choreography, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const six = choreography(
  {
    params: z.object({ max: z.number().int().default(100).describe("throws before all give up") }),
    roles: { player: rest() },
  },
  (c) => {
    const schema = z.number().int();
    const thrown = c.repeat("until-a-six", { max: c.params.max }, (round) => {
      const own = round.everyone("throw", {}, ({ me }) => 1 + me.random.int(6));
      const until = round.reduce("six", "player", own, (all) => all.includes(6), { schema });
      return { until, value: own };
    });
    const sum = c.everyone("sum", { thrown }, ({ thrown }) => thrown.reduce((a, b) => a + b, 0));
    const isTied = c.reduce("tied", "player", sum, haveEqual, { schema });
    c.branch("a-tie", isTied, {
      then: (arm) => void arm.everyone("again", {}, ({ me }) => me.log("nobody has won")),
      else: (arm) => void arm.everyone("cheer", {}, ({ me }) => me.log("somebody has won")),
    });
  },
);

function haveEqual(numbers: readonly number[]): boolean {
  return new Set(numbers).size < numbers.length;
}

export default plan("decisions", { six });
