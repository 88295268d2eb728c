import { choreography, one, plan, rest } from "@groundplan/dsl";
import { z } from "zod";

const divide = choreography(
  {
    params: z.object({ parts: z.number().int().default(4).describe("what 100 is divided by") }),
    roles: { leader: one(), worker: rest() },
  },
  (c) => {
    const schema = z.number();
    const share = c.run("divide", "leader", {}, () => 100 / c.params.parts);
    const shared = c.broadcast("share", "leader", share, { schema });
    const product = c.run("work", "worker", { shared }, ({ shared, me }) => shared * me.id);
    const products = c.gather("products", "worker", "leader", product, { schema });
    c.run("report", "leader", { products }, ({ products, me }) => {
      me.log("products", { all: products.worker });
    });
    const total = c.reduce("total", "worker", product, sum, { schema });
    c.everyone("end", { total }, ({ total, me }) => me.log(`in total ${total}`));
  },
);

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

export default plan("values", { divide });
