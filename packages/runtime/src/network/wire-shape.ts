import type { LinkShape } from "./link-shape.ts";
import { bitsPerSecond, nanoseconds } from "./units.ts";

/** A link's shape as a sidecar reads it: durations in nanoseconds, bandwidth in bits a second, all whole numbers. */
export interface WireShape {
  readonly latency: number;
  readonly jitter: number;
  readonly bandwidth: number;
  readonly filter: number;
  readonly loss: number;
  readonly corrupt: number;
  readonly corrupt_corr: number;
  readonly reorder: number;
  readonly reorder_corr: number;
  readonly duplicate: number;
  readonly duplicate_corr: number;
}

/** The fields of a shape; the checker's exhaustiveness is that of the type. */
const known: Readonly<Record<keyof LinkShape, "duration" | "bandwidth" | "percent">> = {
  latency: "duration",
  jitter: "duration",
  bandwidth: "bandwidth",
  loss: "percent",
  corrupt: "percent",
  corruptCorrelation: "percent",
  reorder: "percent",
  reorderCorrelation: "percent",
  duplicate: "percent",
  duplicateCorrelation: "percent",
};

const wanted = {
  duration: "write milliseconds as a number, or '200ms', '2s'; the longest is 71 minutes",
  bandwidth: "write bits a second, as '500kbit', '10mbit' or '1gbit'; leave it out for no limit",
  percent: "write percent, 0 to 100",
};

/**
 * What no sidecar could apply about a shape, a sentence for each; none if it is sound. A sidecar that is sent such a
 * shape gives no answer, so it has to be found before.
 */
export function shapeFaults(shape: LinkShape): readonly string[] {
  const faults = Object.entries(shape).flatMap(([name, value]) => fieldFault(name, value));
  if (faults.length === 0 && isSet(shape.reorder) && !nanoseconds(shape.latency ?? 0)) {
    return ["reorder takes a latency: packets get ahead of those that are held back"];
  }
  return faults;
}

/** Of a shape without faults. */
export function wireShape(shape: LinkShape): WireShape {
  return {
    latency: nanoseconds(shape.latency ?? 0) ?? 0,
    jitter: nanoseconds(shape.jitter ?? 0) ?? 0,
    bandwidth: bitsPerSecond(shape.bandwidth) ?? 0,
    filter: 0,
    loss: shape.loss ?? 0,
    corrupt: shape.corrupt ?? 0,
    corrupt_corr: shape.corruptCorrelation ?? 0,
    reorder: shape.reorder ?? 0,
    reorder_corr: shape.reorderCorrelation ?? 0,
    duplicate: shape.duplicate ?? 0,
    duplicate_corr: shape.duplicateCorrelation ?? 0,
  };
}

function fieldFault(name: string, value: unknown): readonly string[] {
  if (!Object.hasOwn(known, name)) {
    return [`${name} is nothing a link has: it has ${Object.keys(known).join(", ")}`];
  }
  const kind = known[name as keyof LinkShape];
  if (value === undefined || isSound(kind, value)) return [];
  const found = typeof value === "string" ? `'${value}'` : String(value);
  return [`${name} ${found} is no ${kind}: ${wanted[kind]}`];
}

function isSound(kind: "duration" | "bandwidth" | "percent", value: unknown): boolean {
  if (kind === "duration") return nanoseconds(value) !== undefined;
  if (kind === "bandwidth") return bitsPerSecond(value) !== undefined;
  return typeof value === "number" && value >= 0 && value <= 100;
}

function isSet(percent: number | undefined): boolean {
  return percent !== undefined && percent > 0;
}
