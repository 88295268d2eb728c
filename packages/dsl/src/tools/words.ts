import { seconds } from "../perform/blame.ts";
import type { Stage } from "../stage.ts";
import type { TopologyData } from "../topology.ts";

const HOUR_MS = 3_600_000;

/** `"58 s"`, `"5 min"`, `"6 h"`. */
export function timeText(ms: number): string {
  return ms >= HOUR_MS && ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : seconds(ms);
}

/** `"all"`, or the names of the roles. */
export function who(roles: readonly string[], all: readonly string[]): string {
  const isAll = all.length > 1 && all.every((role) => roles.includes(role));
  if (!isAll) return roles.join(", ") || "nobody";
  const more = roles.filter((role) => !all.includes(role));
  return ["all", ...more].join(", ");
}

/** The last part of a stage's path. */
export function ownName(id: string, outer = ""): string {
  return outer !== "" && id.startsWith(`${outer}/`) ? id.slice(outer.length + 1) : id;
}

/** `"random(4) to hub"`. */
export function topologyText(topology: TopologyData): string {
  switch (topology.kind) {
    case "tree":
      return `tree(${topology.arity})`;
    case "star":
      return `star to ${topology.hub}`;
    case "random":
      return `random(${topology.k})${topology.to === undefined ? "" : ` to ${topology.to}`}`;
    case "ring":
    case "line":
    case "full":
    case "custom":
      return topology.kind;
  }
}

/** `"latency 50ms, loss 1"`. */
export function shapeText(shape: (Stage & { kind: "shape" })["shape"]): string {
  if (shape === "computed") return "computed";
  const fields = Object.entries(shape).map(([name, value]) =>
    typeof value === "object" ? name : `${name} ${value}`,
  );
  return fields.join(", ") || "as it was";
}

/** What a stage depends on besides what its body needs. */
export function waitsFor(stage: Stage, all: readonly string[]): string {
  switch (stage.kind) {
    case "run":
    case "connect":
      return stage.concurrency === undefined ? "" : `its turn, ${stage.concurrency} at a time`;
    case "shape":
      return `sidecars of ${who(stage.at, all)}`;
    case "exchange":
    case "broadcast":
    case "gather":
    case "scatter":
    case "reduce":
    case "receive":
      return `values of ${who(stage.from, all)}`;
    case "signal":
      return "";
    case "wait":
      return `${stage.atLeast === undefined ? "" : `${stage.atLeast} of `}signal ${stage.signal}`;
    case "barrier":
      return stage.target === undefined ? who(stage.at, all) : `${stage.target} signals`;
    case "rounds":
      return "";
    case "repeat":
      return `until ${stage.until}`;
    case "branch":
      return stage.on;
  }
}

/** What a stage reads of what others gave: names as its body knows them, with the stage where that is another. */
export function needsText(stage: Stage): string {
  if ("needs" in stage) {
    const needs = Object.entries(stage.needs).map(([name, id]) =>
      name === id ? id : `${name} = ${id}`,
    );
    return needs.join(", ");
  }
  return "value" in stage && typeof stage.value === "string" && "from" in stage ? stage.value : "";
}

/** What is particular to a stage of its kind. */
export function detail(stage: Stage): string {
  switch (stage.kind) {
    case "connect":
      return topologyText(stage.topology);
    case "shape":
      return shapeText(stage.shape);
    case "rounds":
      return `${stage.times} times`;
    case "repeat":
      return `at most ${stage.max} times`;
    case "exchange":
    case "broadcast":
    case "receive":
      return stage.topic === undefined ? "" : `topic ${stage.topic}`;
    case "signal":
    case "barrier":
      return stage.state === undefined ? "" : `state ${stage.state}`;
    case "run":
    case "gather":
    case "scatter":
    case "reduce":
    case "wait":
    case "branch":
      return "";
  }
}

/** Who acts, and who gets what comes of it, where these differ. */
export function participants(stage: Stage, all: readonly string[]): string {
  if (!("to" in stage)) return who(stage.at, all);
  const [from, to] = [who(stage.from, all), who(stage.to, all)];
  return from === to ? from : `${from} -> ${to}`;
}

/** A timeout, or nothing. */
export function timeoutText({ timeoutMs }: Stage): string {
  return timeoutMs === undefined ? "" : timeText(timeoutMs);
}
