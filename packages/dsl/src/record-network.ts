import type { Declaration } from "./declaration.ts";
import type { Handle } from "./handle.ts";
import { type LinkShape, linkShapeFaults } from "./link-shape.ts";
import { workData } from "./record-stage.ts";
import type { AtOptions, BodyOptions } from "./scope.ts";
import { namedRole, type Topology } from "./topology.ts";

type AnyFunction = (...args: never[]) => unknown;

interface Connecting {
  readonly topology: unknown;
  readonly needs: object;
  readonly body: AnyFunction;
}

/** Records a stage that runs its body once for each outgoing edge. */
export function recordConnect(
  stage: Declaration,
  { topology, needs, body }: Connecting,
  options?: BodyOptions,
): Handle {
  const at = stage.roles();
  const { data, edges } = checkTopology(stage, topology);
  const role = namedRole(data);
  if (role !== undefined) stage.roles(role);
  stage.add(
    { kind: "connect", ...workData(stage, at, needs, options), topology: data },
    { body, edges },
  );
  return stage.gives("value", at);
}

/** Records a stage that has the network shaped; a function gives the shape when it is come to. */
export function recordShape(stage: Declaration, shape: unknown, options?: AtOptions<string>): void {
  const basics = stage.basics(stage.roles(options?.at), options);
  const isComputed = typeof shape === "function";
  const data = isComputed ? "computed" : Object.freeze({ ...checkShape(stage, shape) });
  stage.add(
    { kind: "shape", ...basics, shape: data, requires: "sidecar" },
    isComputed ? { body: shape as AnyFunction } : {},
  );
}

function checkTopology(stage: Declaration, topology: unknown): Topology<string> {
  if (typeof topology === "object" && topology !== null && "data" in topology) {
    return topology as Topology<string>;
  }
  return stage.refuse(
    "bad-topology",
    "its topology is none: use ring(), line(), tree(), full(), star(), random() or custom()",
  );
}

function checkShape(stage: Declaration, shape: unknown): LinkShape {
  const faults = linkShapeFaults(shape);
  if (faults.length === 0) return shape as LinkShape;
  return stage.refuse("bad-shape", `no sidecar can shape a link like this: ${faults.join("; ")}`);
}
