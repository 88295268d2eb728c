import type { RunEnv } from "@groundplan/runtime";
import type { Definition } from "../definition.ts";
import type { Stage } from "../stage.ts";
import { ROSTER } from "./join.ts";
import { StageError } from "./stage-error.ts";

interface Within {
  readonly env: RunEnv;
}

/**
 * Refuses to begin without the sidecar that some stages require. Those in an arm of a branch are left to
 * {@link requireSidecar}: the plan may decide by what there is.
 */
export function checkSidecar({ stages }: Pick<Definition, "stages">, { env }: Within): void {
  if (env.sidecar) return;
  const shaped = requiring(stages);
  if (shaped.length > 0) throw noSidecar(shaped, ROSTER);
}

/** Refuses a stage without the sidecar it requires. */
export function requireSidecar({ env }: Within, stage: Stage, key: string): void {
  if (!env.sidecar && requires(stage)) throw noSidecar([stage.id], key);
}

function requiring(stages: readonly Stage[]): readonly string[] {
  return stages.flatMap((stage) => {
    if (stage.kind === "rounds" && stage.times === 0) return [];
    if (stage.kind === "rounds" || stage.kind === "repeat") return requiring(stage.stages);
    return requires(stage) ? [stage.id] : [];
  });
}

function requires(stage: Stage): boolean {
  return "requires" in stage && stage.requires === "sidecar";
}

function noSidecar(ids: readonly string[], stage: string): StageError {
  const [verb, which] = ids.length === 1 ? ["requires", "it"] : ["require", "them"];
  const names = ids.map((id) => `'${id}'`).join(", ");
  return new StageError(
    "no-sidecar",
    stage,
    `${names} ${verb} a sidecar, which shapes the network, and this run has none (TEST_SIDECAR is not true): run the ` +
      `plan with Testground's local:docker or cluster:k8s, or leave ${which} out where there is none`,
  );
}
