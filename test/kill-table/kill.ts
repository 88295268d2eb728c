import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Moment } from "./moments.ts";

/** What became of a run of which one instance was killed. */
export interface Verdict {
  readonly type:
    | "aborts"
    | "tolerated"
    /** It came to nobody's notice. */
    | "unnoticed"
    /** The run ended, but it was put down to something else, or the plan tolerates what it should not. */
    | "misjudged"
    | "late"
    | "hangs"
    /** Nobody has come to this moment. */
    | "not reached";
  /** From the kill to the end of the command. */
  readonly ms: number;
  /** What the run said. */
  readonly text: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "packages/cli/bin/groundplan.js");
const hook = new URL("die-on-entering.js", import.meta.url).href;

const HANG_MS = 90_000;

const Ended = z.object({
  id: z.number().optional(),
  role: z.string().optional(),
  stage: z.string().optional(),
  type: z.string(),
  error: z.string(),
});
const Result = z.object({
  outcome: z.string(),
  cause: z.string().default(""),
  failures: z.array(Ended),
  lost: z.array(Ended),
});
const Killed = z.object({ id: z.union([z.number(), z.literal("start")]), atMs: z.number() });
type Killed = z.output<typeof Killed>;

/** Runs the test case, kills an instance at the moment, and judges how the run ends. */
export async function killAt(moment: Moment, promptMs: number): Promise<Verdict> {
  const scratch = await mkdtemp(join(tmpdir(), "groundplan-kill-"));
  const marker = join(scratch, "killed");
  try {
    const { stdout, stderr, code } = await run(moment, marker, scratch);
    const endedMs = Date.now();
    if (!existsSync(marker)) return notReached(moment, code, stderr);
    const killed = Killed.parse(JSON.parse(readFileSync(marker, "utf8")));
    const ms = endedMs - killed.atMs;
    const said = { ms, text: stderr };
    if (code === null) return { type: "hangs", ...said };
    const type = judge(moment, killed, stdout);
    return { type: type === "aborts" && ms > promptMs ? "late" : type, ...said };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A run that should have come there and ended otherwise is not right either. */
function notReached({ unless }: Moment, code: number | null, text: string): Verdict {
  const isRight = unless === "without a sidecar" ? code === 1 : code === 0;
  return { type: isRight ? "not reached" : "misjudged", ms: 0, text };
}

function judge(moment: Moment, killed: Killed, stdout: string): Verdict["type"] {
  const { outcome, cause, failures, lost } = Result.parse(
    JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? ""),
  );
  const isVictim = (ended: z.output<typeof Ended> | undefined): boolean =>
    ended?.type === "died" && (killed.id === "start" || isAt(moment, killed.id, ended));
  if (outcome === "success") {
    if (lost.length === 0) return "unnoticed";
    return moment.isTolerated && isVictim(lost[0]) && lost.length === 1 ? "tolerated" : "misjudged";
  }
  const names = killed.id === "start" ? "died: its process" : `#${killed.id} (${moment.role}) died`;
  // What its death led to at others may be told as well, but after it.
  const isBlamed = cause.split("; then ")[0]?.includes(names) && isVictim(failures[0]);
  return isBlamed ? "aborts" : "misjudged";
}

function isAt({ role, stage }: Moment, id: number, ended: z.output<typeof Ended>): boolean {
  const where = ended.stage?.replace(/#[\d.]+$/, "");
  return ended.id === id && ended.role === role && where === stage;
}

async function run(
  { file, case: name, n, stage, role, event }: Moment,
  marker: string,
  out: string,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly code: number | null }> {
  const args = [bin, "run", `plans/${file}.ts`, name, "-n", `${n}`, "--processes", `${n}`];
  const child = spawn(process.execPath, [...args, "--out", out, "--json"], {
    cwd: root,
    env: {
      ...process.env,
      NODE_OPTIONS: `--import ${hook}`,
      KILL_TABLE: JSON.stringify({ stage, role, event, marker }),
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), "SIGKILL"), HANG_MS);
  const [code] = await once(child, "close");
  clearTimeout(timer);
  return { stdout, stderr, code };
}
