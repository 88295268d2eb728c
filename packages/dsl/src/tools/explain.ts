import { describeCast } from "../cast.ts";
import type { Definition } from "../definition.ts";
import type { Circumstances } from "./circumstances.ts";
import { type ExplainedStage, type Explanation, explanation } from "./explanation.ts";
import { bytesText, figure } from "./figures.ts";
import { table } from "./table.ts";
import type { PathStep } from "./time-path.ts";
import { sum } from "./traffic.ts";
import { timeText, who } from "./words.ts";

const HEAD = ["stage", "kind", "who", "visits", "waits for", "acts", "reads", "bytes"];
const FIGURES: ReadonlySet<number> = new Set([3, 4, 5, 6, 7]);

/**
 * What a run of the definition will do: roles with their ids, how many each stage waits for, what goes to the store and
 * comes from it, and the longest path of timeouts. Messages and bytes are estimates; see `docs/checking.md`.
 *
 * @throws DefinitionError where the roles do not fit the instances.
 */
export function explain(definition: Definition, circumstances: Circumstances = {}): string {
  const found = explanation(definition, circumstances);
  return [runLines(found), stageLines(found), totalLines(found), pathLines(found)]
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function runLines({ instances, groups, roles, store, processes }: Explanation): readonly string[] {
  const sizes = Object.entries(groups).map(([group, n]) => `${group} = ${n}`);
  const shared = `${processes} process${processes === 1 ? "" : "es"}`;
  return table([
    ["instances", `${figure(instances)}   ${sizes.join("   ")}`],
    ["roles", describeCast({ roles })],
    ["store", `${store}, ${shared}`],
  ]);
}

function stageLines({ stages, roles }: Explanation): readonly string[] {
  const inside = Object.keys(roles).filter((role) => roles[role]?.first !== 0);
  const rows = stages.map((stage) => stageCells(stage, inside));
  const { acts, reads, bytes } = sum(stages);
  const total = ["total", "", "", "", "", figure(acts), figure(reads), bytesText(bytes)];
  return table([HEAD, ...rows, total], FIGURES);
}

function stageCells(stage: ExplainedStage, inside: readonly string[]): readonly string[] {
  const { id, kind, at, depth, visits, need, acts, reads, bytes } = stage;
  const traffic =
    acts + reads === 0 ? ["", "", ""] : [figure(acts), figure(reads), bytesText(bytes)];
  return [
    `${"  ".repeat(depth)}${id}`,
    kind,
    who(at, inside),
    figure(visits),
    need === 0 ? "" : figure(need),
    ...traffic,
  ];
}

function totalLines({ totals }: Explanation): readonly string[] {
  const rows = Object.entries(totals).map(([store, { acts, reads, bytes }]) => [
    store,
    figure(acts + reads),
    bytesText(bytes),
  ]);
  return table([["on", "messages", "bytes"], ...rows], new Set([1, 2]));
}

function pathLines({ path, timeoutMs }: Explanation): readonly string[] {
  const steps = path.steps.map(stepText).join(" + ");
  const run = `the run's is ${timeText(timeoutMs)}`;
  const open =
    path.open.length === 0 ? [] : [`without a timeout of their own: ${path.open.join(", ")}`];
  const longest =
    path.ms === 0 ? "none, as no stage adds to it" : `${timeText(path.ms)} (${steps})`;
  return [`longest timeout path: ${longest}; ${run}`, ...open];
}

function stepText({ stage, visits, ms }: PathStep): string {
  return `${stage} ${visits === 1 ? "" : `${visits} times, `}${timeText(ms)}`;
}
