import type { RoleData } from "../../roles.ts";
import type { Stage } from "../../stage.ts";
import { ownName, shapeText, timeText, topologyText, who } from "../words.ts";
import type { Caption } from "./picture.ts";

/** The stage's own name and, as a note, its kind with what is particular to it. */
export function stageCaption(stage: Stage, outer: string): Caption {
  return { title: ownName(stage.id, outer), note: notes(stage).join(" · ") };
}

/** What a frame around stages says: how often they are visited, or when. */
export function frameCaption(stage: Stage, outer: string): Caption {
  const title = ownName(stage.id, outer);
  switch (stage.kind) {
    case "rounds":
      return { title, note: `${stage.times} rounds` };
    case "repeat":
      return {
        title,
        note: `until ${ownName(stage.until, stage.id)}, at most ${stage.max} rounds`,
      };
    case "branch":
      return { title, note: `if ${stage.on}` };
    default:
      return stageCaption(stage, outer);
  }
}

/** As {@link stageCaption}, with who takes part. */
export function stageCaptionWithRoles(
  stage: Stage,
  outer: string,
  all: readonly string[],
): Caption {
  const roles =
    "to" in stage && who(stage.from, all) !== who(stage.to, all)
      ? `${who(stage.from, all)} → ${who(stage.to, all)}`
      : who(stage.at, all);
  return { title: ownName(stage.id, outer), note: [...notes(stage), roles].join(" · ") };
}

/** How the instances of a role are chosen. */
export function roleCaption(name: string, role: RoleData): Caption {
  const isTolerant = "atLeast" in role && role.atLeast !== undefined;
  return {
    title: name,
    note: isTolerant ? `${chosen(role)}, ${role.atLeast} survive` : chosen(role),
  };
}

function notes(stage: Stage): readonly string[] {
  const timeout = stage.timeoutMs === undefined ? [] : [timeText(stage.timeoutMs)];
  const turns =
    "concurrency" in stage && stage.concurrency !== undefined
      ? [`${stage.concurrency} at a time`]
      : [];
  return [kindText(stage), ...turns, ...timeout];
}

function kindText(stage: Stage): string {
  switch (stage.kind) {
    case "connect":
      return `connect ${topologyText(stage.topology)}`;
    case "shape":
      return `shape ${shapeText(stage.shape)}`;
    case "wait":
      return stage.atLeast === undefined ? "wait" : `wait for ${stage.atLeast}`;
    case "exchange":
    case "broadcast":
    case "receive":
      return stage.topic === undefined ? stage.kind : `${stage.kind} on ${stage.topic}`;
    case "signal":
    case "barrier":
      return stage.state === undefined ? stage.kind : `${stage.kind} on ${stage.state}`;
    case "run":
    case "gather":
    case "scatter":
    case "reduce":
    case "rounds":
    case "repeat":
    case "branch":
      return stage.kind;
  }
}

function chosen(role: RoleData): string {
  switch (role.kind) {
    case "one":
      return role.group === undefined ? "one" : `one of ${role.group}`;
    case "count":
    case "sample":
      return role.param === undefined ? `${role.kind} ${role.n}` : `${role.kind} ${role.param}`;
    case "outside":
      return `${role.n} outside`;
    case "percent":
      return `${role.share} %`;
    case "group":
      return `group ${role.group}`;
    case "where":
      return Object.entries(role.params)
        .map(([name, value]) => `${name} = ${value}`)
        .join(", ");
    case "rest":
      return "rest";
  }
}
