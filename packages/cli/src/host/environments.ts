import { join } from "node:path";
import type { Environment } from "@groundplan/runtime";
import { z } from "zod";

/** Instances that a process is told to host: consecutive ones of a group. */
export interface Share {
  readonly group: string;
  readonly groupInstances: number;
  /** Packed as `TEST_INSTANCE_PARAMS`. */
  readonly params: string;
  /** Packed as `TEST_CAPTURE_PROFILES`. */
  readonly profiles: string;
  readonly first: number;
  readonly count: number;
}

const share: z.ZodType<Share> = z.object({
  group: z.string(),
  groupInstances: z.number(),
  params: z.string(),
  profiles: z.string(),
  first: z.number(),
  count: z.number(),
});

/** How the runner hands instances to a host: in `GROUNDPLAN_INSTANCES`. */
export function formatShares(shares: readonly Share[]): string {
  return JSON.stringify(shares);
}

/** The environment of each instance that this process hosts. Its directories are below those of the process. */
export function instanceEnvironments(environment: Environment): readonly Environment[] {
  const shares = z.array(share).parse(JSON.parse(environment["GROUNDPLAN_INSTANCES"] ?? "[]"));
  return shares.flatMap(({ group, groupInstances, params, profiles, first, count }) =>
    Array.from({ length: count }, (_, index) => {
      const ordinal = `${first + index}`;
      const below = (directory = ""): string => join(directory, group, ordinal);
      return {
        ...environment,
        TEST_GROUP_ID: group,
        TEST_GROUP_INSTANCE_COUNT: `${groupInstances}`,
        TEST_INSTANCE_PARAMS: params,
        TEST_CAPTURE_PROFILES: profiles,
        TEST_OUTPUTS_PATH: below(environment["TEST_OUTPUTS_PATH"]),
        TEST_TEMP_PATH: below(environment["TEST_TEMP_PATH"]),
        GROUNDPLAN_ORDINAL: ordinal,
      };
    }),
  );
}
