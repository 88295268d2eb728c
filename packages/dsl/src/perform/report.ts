import { z } from "zod";

/** Why a run was aborted: what its first failing instance, or its runner, told all others. */
export interface Report {
  /** Absent where it was not an instance, but the runner. */
  readonly by?: Reporter | undefined;
  /** Absent where no stage had begun. */
  readonly stage?: string | undefined;
  readonly error: string;
  /** `"died"`: found by others, because the instance can say nothing any more. */
  readonly how: "failed" | "crashed" | "died" | "stopped";
}

/** An instance, by its id where it has one. */
interface Reporter {
  readonly id?: number | undefined;
  readonly role?: string | undefined;
  readonly group?: string | undefined;
  readonly globalSeq?: number | undefined;
}

const schema: z.ZodType<Report> = z.object({
  by: z
    .object({
      id: z.number().optional(),
      role: z.string().optional(),
      group: z.string().optional(),
      globalSeq: z.number().optional(),
    })
    .optional(),
  stage: z.string().optional(),
  error: z.string(),
  how: z.enum(["failed", "crashed", "died", "stopped"]).default("failed"),
});

/** What somebody reported, in whatever shape. */
export function parseReport(report: unknown): Report {
  const result = schema.safeParse(report);
  if (result.success) return result.data;
  return { error: typeof report === "string" ? report : JSON.stringify(report), how: "failed" };
}

/** `#37 (peer) failed in 'ping/rtt#3': connection reset`. */
export function describeReport({ by, stage, error, how }: Report): string {
  const where = stage === undefined ? "" : ` in '${stage}'`;
  return `${whoReported(by)} ${how}${where}: ${error}`;
}

function whoReported(by: Report["by"]): string {
  if (by === undefined) return "the run";
  if (by.id !== undefined) return by.role === undefined ? `#${by.id}` : `#${by.id} (${by.role})`;
  const which = by.globalSeq === undefined ? "an instance" : `instance ${by.globalSeq}`;
  return by.group === undefined ? which : `${which} of group '${by.group}'`;
}
