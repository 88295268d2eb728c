import { insideRoles } from "../allotment.ts";
import type { Definition } from "../definition.ts";
import { type StageRow, stageRows } from "./stage-rows.ts";
import { table } from "./table.ts";
import { detail, needsText, participants, timeoutText, waitsFor } from "./words.ts";

const HEAD = ["stage", "kind", "who", "needs", "waits for", "timeout"];

/** A table of the stages, those inside others indented: id, kind, who takes part, what it needs, whom it waits for, timeout. */
export function list(definition: Pick<Definition, "roles" | "stages">): string {
  const all = Object.keys(insideRoles(definition.roles));
  const rows = stageRows(definition.stages).map((row) => cells(row, all));
  return table([HEAD, ...rows]).join("\n");
}

function cells({ stage, arm, depth }: StageRow, all: readonly string[]): readonly string[] {
  const indent = "  ".repeat(depth);
  if (arm !== undefined) return [`${indent}${arm}:`, "", "", "", "", ""];
  const what = detail(stage);
  return [
    indent + stage.id,
    what === "" ? stage.kind : `${stage.kind} (${what})`,
    participants(stage, all),
    needsText(stage),
    waitsFor(stage, all),
    timeoutText(stage),
  ];
}
