import { usage } from "../command-error.ts";
import type { Instances } from "./composition.ts";

/** What a run says of its sizes. */
interface Sizes {
  readonly run: string;
  /** 0 if it says nothing. */
  readonly total: number;
  /** Whether the run is written in the composition, and not made of all groups. */
  readonly isExplicit: boolean;
  /** What `[global]` says, which an explicit run does not take over. */
  readonly globalTotal: number;
  readonly groups: readonly SizedGroup[];
}

interface SizedGroup {
  readonly id: string;
  readonly instances: Instances | undefined;
}

/** How many instances each group of a run has: its count, or else its share of the run's total, rounded. */
export function countInstances(sizes: Sizes): readonly number[] {
  const { run, total, groups } = sizes;
  const counts = groups.map((group) => countOf(group, sizes));
  const sum = counts.reduce((all, count) => all + count, 0);
  if (total === 0 || sum === total) return counts;
  const listed = groups.map(({ id }, index) => `${id} ${counts[index]}`).join(", ");
  throw usage(
    `run '${run}': its groups have ${sum} instances (${listed}), and total_instances is ${total}; correct one of them`,
  );
}

function countOf({ id, instances }: SizedGroup, sizes: Sizes): number {
  const { run, total } = sizes;
  if (instances !== undefined && instances.count > 0) return instances.count;
  const { percentage = 0 } = instances ?? {};
  if (percentage === 0) {
    throw usage(
      `run '${run}': group '${id}' has no instances; write instances = { count = 3 } or { percentage = 0.5 }`,
    );
  }
  if (total === 0) throw usage(withoutTotal(id, sizes));
  const count = Math.round(percentage * total);
  if (count > 0) return count;
  throw usage(`run '${run}': group '${id}', ${percentage} of ${total} instances, has none at all`);
}

function withoutTotal(id: string, { run, isExplicit, globalTotal }: Sizes): string {
  const what = `run '${run}': group '${id}' is a percentage, of a total that is not given`;
  if (!isExplicit) return `${what}; write total_instances in [global]`;
  const global = globalTotal > 0 ? `; it does not take over the ${globalTotal} of [global]` : "";
  return `${what}${global}; write total_instances in its [[runs]]`;
}
