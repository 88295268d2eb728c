import type { RoleRange } from "../cast.ts";
import type { Definition } from "../definition.ts";
import type { Stage } from "../stage.ts";
import type { Circumstances, StoreName } from "./circumstances.ts";
import { type Situation, situationOf } from "./situation.ts";
import { placedStages } from "./stage-rows.ts";
import { longestPath, type TimePath } from "./time-path.ts";
import { repeated, sum, type Traffic } from "./traffic.ts";
import { processesOn, TrafficModel } from "./traffic-model.ts";

/** What one stage of a run will do, all its visits together. */
export interface ExplainedStage extends Traffic {
  /** `"@roster"` and `"@end"` are there too. */
  readonly id: string;
  readonly kind: Stage["kind"] | "join" | "end";
  /** The roles that take part. */
  readonly at: readonly string[];
  /** In how many others it stands. */
  readonly depth: number;
  /** How often it is visited at most. */
  readonly visits: number;
  /** How many each waits for, as the journal of a run has it; 0 where nobody waits, or each for another number. */
  readonly need: number;
}

/** What a run will do, before it does. */
export interface Explanation {
  readonly instances: number;
  readonly groups: Readonly<Record<string, number>>;
  readonly roles: Readonly<Record<string, RoleRange>>;
  readonly store: StoreName;
  readonly processes: number;
  readonly stages: readonly ExplainedStage[];
  readonly totals: Readonly<Record<StoreName, Traffic>>;
  readonly timeoutMs: number;
  readonly path: TimePath;
}

const STORES: readonly StoreName[] = ["memory", "redis", "testground"];

/**
 * Who will have which role, whom every stage waits for, what goes to the store and comes from it, and how long it may
 * take, as data; {@link explain} is the same as text.
 *
 * @throws DefinitionError where the roles do not fit the instances.
 */
export function explanation(
  definition: Definition,
  circumstances: Circumstances = {},
): Explanation {
  const situation = situationOf(definition, circumstances);
  const { store = "redis", processes } = circumstances;
  const totals = STORES.map((each) => {
    const stages = explained(definition, situation, { ...circumstances, store: each });
    return [each, sum(stages)] as const;
  });
  return {
    instances: situation.instances,
    groups: situation.groups,
    roles: situation.ranges,
    store,
    processes: processesOn(store, situation.instances, processes),
    stages: explained(definition, situation, circumstances),
    totals: Object.fromEntries(totals) as Record<StoreName, Traffic>,
    timeoutMs: definition.timeoutMs,
    path: longestPath(definition),
  };
}

function explained(
  definition: Definition,
  situation: Situation,
  circumstances: Circumstances,
): readonly ExplainedStage[] {
  const model = new TrafficModel(definition, situation, circumstances);
  const all = Object.keys(definition.roles);
  const inside = all.filter((role) => definition.roles[role]?.kind !== "outside");
  const members = inside.reduce((total, role) => total + (situation.ranges[role]?.size ?? 0), 0);
  const whole = { depth: 0, visits: 1, need: members, at: inside };
  const stages = placedStages(definition.stages).map(({ stage, nesting, visits }) => ({
    id: stage.id,
    kind: stage.kind,
    at: stage.at,
    depth: nesting,
    visits,
    need: model.need(stage),
    ...repeated(model.of(stage), visits),
  }));
  return [
    { id: "@roster", kind: "join", ...whole, ...model.roster() },
    ...stages,
    { id: "@end", kind: "end", ...whole, need: situation.instances, ...model.end() },
  ];
}
