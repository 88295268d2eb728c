import type { LogKey, Namespace, Wait } from "@groundplan/sync";
import { z } from "zod";

export const LOSSES: LogKey = { kind: "own", name: "lost" };

/** An instance that takes no further part in a run. */
export interface Loss {
  /** Its id in the choreography. */
  readonly id: number;
  /** Absent where it is not known what the instance was doing. */
  readonly stage?: string | undefined;
  readonly error: string;
  /** `"died"`: found by others, because the instance can say nothing any more. */
  readonly how: "failed" | "crashed" | "died";
}

const schema: z.ZodType<Loss> = z.object({
  id: z.number(),
  stage: z.string().optional(),
  error: z.string(),
  how: z.enum(["failed", "crashed", "died"]),
});

export function parseLoss(json: string): Loss {
  return schema.parse(JSON.parse(json));
}

/**
 * Tells the instances of a run that one of them is lost, for a runner that has seen its process end. They go on without
 * it where its role has that many to lose, and else abort the run with what is reported here. The first report of an
 * instance counts; others change nothing. Resolves with the report's place among all, from 1.
 */
export function reportLost(namespace: Namespace, loss: Loss, wait: Wait = {}): Promise<number> {
  const { id, stage, error, how } = loss;
  const json = JSON.stringify({ id, ...(stage === undefined ? {} : { stage }), error, how });
  return namespace.logs.append(LOSSES, json, { ...wait, requestId: `lost:${id}` });
}
