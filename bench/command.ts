import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "packages/cli/bin/groundplan.js");
const rounds = Number(process.argv[2] ?? 7);

interface Sample {
  readonly totalMs: number;
  /** From the first look at the store to the last instance's exit. */
  readonly runMs: number;
  /** From the first instance that joins to the last that has passed the end. */
  readonly stagesMs: number;
  readonly peakMiB: number;
}

/** One run of ping-pong as a user starts it. */
async function run(n: number): Promise<Sample> {
  const out = await mkdtemp(join(tmpdir(), "groundplan-bench-"));
  const start = performance.now();
  const args = [bin, "run", "plans/ping-pong.ts", "-n", `${n}`, "--out", out, "--json"];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  let peakKiB = 0;
  const sampler = setInterval(() => {
    peakKiB = Math.max(peakKiB, residentKiB(child.pid ?? 0));
  }, 50);
  const [code] = await once(child, "close");
  const totalMs = performance.now() - start;
  clearInterval(sampler);
  if (code !== 0) throw new Error(`-n ${n} exited with ${code}`);
  const { durationMs, run: id } = JSON.parse(stdout);
  const stagesMs = stagesOf(join(out, "ping-pong", id, "journal.ndjson"));
  rmSync(out, { recursive: true });
  return { totalMs, runMs: durationMs, stagesMs, peakMiB: peakKiB / 1024 };
}

function stagesOf(journal: string): number {
  const events = readFileSync(journal, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const leaves = events.filter((e) => e.stage === "@end" && e.event === "leave").map((e) => e.t);
  return Math.max(...leaves);
}

/** Resident memory of a process and all below it; pages they share count in each, so it is too much rather than too little. */
function residentKiB(pid: number): number {
  const parents = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
      sizes.set(Number(name), Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended since it was listed.
    }
  }
  const below = (of: number): boolean =>
    of === pid || (parents.has(of) && below(parents.get(of) ?? 0));
  return [...sizes].reduce((sum, [of, size]) => sum + (below(of) ? size : 0), 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function timeOf(args: readonly string[]): number {
  const start = performance.now();
  spawnSync(process.execPath, args, { cwd: root });
  return performance.now() - start;
}

const times = (args: readonly string[]): number =>
  median(Array.from({ length: rounds }, () => timeOf(args)));

const nodeMs = times(["-e", "0"]);
const loadMs = times([bin, "--help"]);
console.log(`node -e 0                 ${nodeMs.toFixed(0)} ms, the baseline`);
console.log(
  `groundplan --help         ${loadMs.toFixed(0)} ms, ${(loadMs / nodeMs).toFixed(1)} times that`,
);
for (const n of [2, 10, 100]) {
  const samples: Sample[] = [];
  await run(n);
  for (let i = 0; i < rounds; i++) samples.push(await run(n));
  const of = (pick: (sample: Sample) => number): string => median(samples.map(pick)).toFixed(0);
  console.log(
    `ping-pong -n ${`${n}`.padEnd(12)} ${of((s) => s.totalMs)} ms in all: ` +
      `${loadMs.toFixed(0)} command loaded, ${of((s) => s.totalMs - s.runMs - loadMs)} plan bundled and checked, ` +
      `${of((s) => s.runMs - s.stagesMs)} instances started and ended, ${of((s) => s.stagesMs)} stages; ` +
      `${of((s) => s.peakMiB)} MiB at most`,
  );
}
