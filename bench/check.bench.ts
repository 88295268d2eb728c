import { choreography, one, plan, rest } from "@groundplan/dsl";
import { check, drawSvg, explain, list } from "@groundplan/dsl/tools";
import { bench, describe } from "vitest";

const STAGES = 200;
const roles = { seed: one(), peer: rest() };

const large = choreography({ roles, timeout: "1h" }, (c) => {
  for (let i = 0; i < STAGES / 4; i++) {
    const id = c.everyone(`id-${i}`, {}, ({ me }) => me.id, { timeout: "10s" });
    const ids = c.exchange(`ids-${i}`, id);
    c.run(`use-${i}`, "peer", { ids }, ({ ids, me }) => me.log(`${ids.size}`), { timeout: "10s" });
    c.barrier(`done-${i}`);
  }
});
const plans = plan("large", { large });
const definition = large.define();

// Parsing the plan's source is part of check(); loading its modules, and bundling them, is not measured here.
describe(`the static tools on ${STAGES} stages`, () => {
  bench("check, which should stay under a second", () => void check(plans, { instances: 1_000 }));
  bench("list", () => void list(definition));
  bench("explain", () => void explain(definition, { instances: 1_000 }));
  bench("draw as SVG", () => void drawSvg(definition, "sequence"));
});
