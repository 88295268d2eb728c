import type { Finding } from "../diagnostic.ts";
import { at, type Subject } from "./subject.ts";

/** GP301: stages that need a sidecar, where there is none, or nobody says so. In an arm, the plan may decide by that. */
export function withoutSidecar(subject: Subject): readonly Finding[] {
  const { sidecar } = subject.circumstances;
  if (sidecar === true) return [];
  return subject.rows.flatMap(({ stage, isOptional }) => {
    if (!("requires" in stage) || stage.requires !== "sidecar") return [];
    const isCertain = sidecar === false && !isOptional;
    const what = `${stage.kind} '${stage.id}' needs a sidecar, which shapes the network`;
    const there = sidecar === false ? "and there is none" : "and a local run has none";
    const text = `${what}, ${there}; run the plan with Testground's local:docker or cluster:k8s, or leave it out`;
    return [at(subject, stage, { code: "GP301", level: isCertain ? "error" : "warning", text })];
  });
}
