import type { Definition } from "../definition.ts";
import { toleratesLoss } from "../tolerance.ts";
import type { SimulatedInstance } from "./simulated-instance.ts";
import type { SimulatedOutcome, Simulation } from "./simulation.ts";

export function instanceOutcome({ outcome, isGone, stage }: SimulatedInstance): SimulatedOutcome {
  return outcome ?? { type: isGone ? "crashed" : "stuck", stage };
}

/** What the whole run came to: it may go without instances that its roles can lose, or that it refused as surplus. */
export function runOutcome(
  instances: readonly SimulatedInstance[],
  { roles }: Pick<Definition, "roles">,
): Simulation["outcome"] {
  const ended = instances.map((each) => {
    const outcome = instanceOutcome(each);
    const isRefused = outcome.type === "failed" && outcome.error.code === "surplus-instance";
    const isDispensable = isRefused || toleratesLoss(roles[each.seat.member.role]);
    return { type: outcome.type, isDispensable };
  });
  if (ended.some(({ type }) => type === "stuck")) return "stuck";
  if (ended.some(({ type }) => type === "aborted")) return "failed";
  return ended.some(({ type, isDispensable }) => type === "failed" && !isDispensable)
    ? "failed"
    : "ok";
}
