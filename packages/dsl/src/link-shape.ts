import { type LinkShape as EgressShape, shapeFaults } from "@groundplan/runtime";

/** What happens to what an instance sends on the data network; the whole of it is replaced each time. */
export interface LinkShape extends EgressShape {
  /** `false` takes the instance off the data network; `true` unless given. */
  readonly connected?: boolean;
}

/** What no sidecar could apply about a shape, a sentence for each; none if it is sound. */
export function linkShapeFaults(shape: unknown): readonly string[] {
  if (typeof shape !== "object" || shape === null)
    return ["it is not an object: write { latency }"];
  const { connected, ...egress } = shape as LinkShape;
  const isClaim = connected === undefined || typeof connected === "boolean";
  return [
    ...(isClaim ? [] : [`connected ${String(connected)} must be true or false`]),
    ...shapeFaults(egress),
  ];
}
