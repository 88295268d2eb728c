import type { Definition } from "../definition.ts";
import { durationMs } from "../duration.ts";
import { innerStages } from "../inner-stages.ts";
import type { Member } from "../member.ts";
import type { Stage } from "../stage.ts";
import type { Fault, Who } from "./fault.ts";
import { SimulationError } from "./simulation-error.ts";

/** What goes wrong for one instance. */
export interface Plight {
  readonly crashes: { readonly at: string; readonly restartMs: number | undefined }[];
  readonly throws: { readonly at: string; readonly attempts: number }[];
  readonly hangs: string[];
  readonly cuts: (readonly [from: number, to: number])[];
  slow: number;
  lateMs: number;
}

export const ROSTER = "@roster";
const END = "@end";

export function noPlight(): Plight {
  return { crashes: [], throws: [], hangs: [], cuts: [], slow: 1, lateMs: 0 };
}

/**
 * The faults by the id of whom they strike.
 *
 * @throws SimulationError `"bad-fault"`.
 */
export function plights(
  definition: Definition,
  members: readonly Member[],
  faults: readonly Fault[],
): ReadonlyMap<number, Plight> {
  const found = new Map<number, Plight>();
  for (const fault of faults) {
    if (fault.type === "resend") continue;
    for (const who of Array.isArray(fault.who) ? fault.who : [fault.who]) {
      const { id, role } = memberOf(who, members, fault);
      const plight = found.get(id) ?? noPlight();
      found.set(id, plight);
      if ("at" in fault) checkStage(definition, fault, role);
      strike(plight, fault);
    }
  }
  return found;
}

/** The share of the writes that are sent twice. */
export function resentShare(faults: readonly Fault[]): number {
  return faults.reduce((most, fault) => {
    if (fault.type !== "resend") return most;
    if (fault.share >= 0 && fault.share <= 1) return Math.max(most, fault.share);
    throw bad(fault, "the share must be 0 to 1");
  }, 0);
}

/**
 * Whether a fault at `at` strikes the visit: a stage by its id in every round, one visit by its key, or the first inside
 * rounds or an arm.
 */
export function strikes(at: string, key: string): boolean {
  return at === key || at === idOf(key) || key.startsWith(`${at}/`);
}

function strike(plight: Plight, fault: Exclude<Fault, { type: "resend" }>): void {
  const ms = (value: Parameters<typeof durationMs>[0]): number =>
    durationMs(value, `fault '${fault.type}'`);
  switch (fault.type) {
    case "crash":
      plight.crashes.push({ at: fault.at, restartMs: undefined });
      break;
    case "restart":
      plight.crashes.push({ at: fault.at, restartMs: ms(fault.after) });
      break;
    case "throw":
      plight.throws.push({ at: fault.at, attempts: fault.attempts ?? Number.POSITIVE_INFINITY });
      break;
    case "hang":
      plight.hangs.push(fault.at);
      break;
    case "cut":
      plight.cuts.push([ms(fault.from), ms(fault.to)]);
      break;
    case "late":
      plight.lateMs += ms(fault.by);
      break;
    case "slow":
      if (!(fault.factor > 0)) throw bad(fault, "the factor must be more than 0");
      plight.slow *= fault.factor;
  }
}

function memberOf(who: Who, members: readonly Member[], fault: Fault): Member {
  const found = members.find(({ id, role }) => id === who || role === who);
  if (found !== undefined) return found;
  const roles = [...new Set(members.map(({ role }) => role))].join(", ");
  throw bad(fault, `there is no '${who}'; there are ids 1 to ${members.length}, and ${roles}`);
}

function checkStage(
  { stages }: Definition,
  fault: Extract<Fault, { readonly at: string }>,
  role: string,
): void {
  const needsBody = fault.type === "throw" || fault.type === "hang";
  const there = allStages(stages);
  const stage = there.find(({ id }) => id === idOf(fault.at));
  if (stage === undefined) {
    if (!needsBody && (fault.at === ROSTER || fault.at === END)) return;
    throw bad(fault, `there is no stage '${fault.at}'; ${there.map(({ id }) => id).join(", ")}`);
  }
  if (!stage.at.includes(role)) throw bad(fault, `'${role}' does not take part in '${fault.at}'`);
  if (needsBody && !hasBody(stage)) throw bad(fault, `stage '${fault.at}' has no body`);
}

export function hasBody({ kind }: Stage): boolean {
  return kind === "run" || kind === "connect";
}

/** All stages, those within others after them. */
export function allStages(stages: readonly Stage[]): readonly Stage[] {
  return stages.flatMap((stage) => [stage, ...allStages(innerStages(stage))]);
}

export function idOf(key: string): string {
  return key.split("#")[0] ?? key;
}

function bad(fault: Fault, why: string): SimulationError {
  return new SimulationError("bad-fault", `fault ${JSON.stringify(fault)}: ${why}`);
}
