import type { Member } from "../member.ts";
import { seconds } from "../perform/blame.ts";
import { describeReport } from "../perform/report.ts";
import type { SimulatedInstance } from "./simulated-instance.ts";
import type { SimulatedOutcome, Simulation } from "./simulation.ts";

interface Ended {
  readonly member: Member;
  readonly outcome: SimulatedOutcome;
}

interface Described extends Pick<Simulation, "outcome" | "seed" | "virtualMs" | "events"> {
  readonly ended: readonly Ended[];
  readonly instances: readonly SimulatedInstance[];
}

const NAMED = 5;

/** `failed: #3 (peer) failed in 'dial': refused; again with --seed 7`. */
export function describeSimulation(run: Described): string {
  const { outcome, seed, ended, virtualMs, events } = run;
  const size = `${ended.length} instances, ${seconds(virtualMs)} of virtual time, ${events} events`;
  if (outcome === "ok") return `ok: ${size}${lost(ended)}`;
  const why = outcome === "stuck" ? stuck(run) : cause(ended);
  return `${outcome}: ${why} (${size}; again with --seed ${seed})`;
}

function lost(ended: readonly Ended[]): string {
  const gone = ended.filter(({ outcome: { type } }) => type !== "ok");
  return gone.length === 0 ? "" : `; without ${list(gone.map(({ member }) => who(member)))}`;
}

function cause(ended: readonly Ended[]): string {
  for (const { outcome } of ended) {
    if (outcome.type === "aborted") return describeReport(outcome.report);
  }
  for (const { member, outcome } of ended) {
    if (outcome.type === "failed") {
      const { stage, message } = outcome.error;
      return `${who(member)} failed in '${stage}': ${message}`;
    }
  }
  return "nobody says why";
}

function stuck({ instances }: Described): string {
  const open = instances.filter((each) => each.outcome === undefined);
  const waiting = open.filter((each) => !each.isGone && !each.isInBody);
  const places = new Map<string, Member[]>();
  for (const { seat, stage } of waiting) {
    places.set(stage, [...(places.get(stage) ?? []), seat.member]);
  }
  const waits = [...places].map(([stage, members]) => {
    const verb = members.length === 1 ? "waits" : "wait";
    return `${list(members.map(who))} ${verb} in '${stage}'`;
  });
  const bodies = open.filter((each) => !each.isGone && each.isInBody);
  const hanging = bodies.map(
    ({ seat, stage }) => `the body of ${who(seat.member)} in '${stage}' does not return`,
  );
  const gone = open.filter((each) => each.isGone);
  const crashed = gone.map(({ seat, stage }) => `${who(seat.member)} crashed in '${stage}'`);
  const all = [...waits, ...cut(hanging), ...cut(crashed)].join("; ");
  return `nothing can happen any more: ${all}`;
}

function list(names: readonly string[]): string {
  return cut(names).join(", ");
}

function cut(names: readonly string[]): readonly string[] {
  const others = names.length - NAMED;
  return others > 0 ? [...names.slice(0, NAMED), `${others} more`] : names;
}

function who({ id, role }: Member): string {
  return `#${id} (${role})`;
}
