import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "packages/cli/bin/groundplan.js");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** A command that is running, and what it has said so far. */
export class Running {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  readonly #start = performance.now();
  #isOver = false;
  #stdout = "";
  #stderr = "";
  readonly #said = new EventEmitter().setMaxListeners(0);

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.process = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // A process group, so that nothing it started outlives the test.
      detached: true,
    });
    this.process.stdout?.on("data", (chunk) => {
      this.#stdout += chunk;
      this.#said.emit("said");
    });
    this.process.stderr?.on("data", (chunk) => {
      this.#stderr += chunk;
      this.#said.emit("said");
    });
    this.finished = this.#finish();
    onTestFinished(() => this.#killGroup());
  }

  /** Resolves with the match once the command has printed it. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout + this.#stderr);
      if (match !== null) return match;
      if (this.#isOver) {
        throw new Error(`ended without ${pattern}:\n${this.#stdout}${this.#stderr}`);
      }
      await once(this.#said, "said");
    }
  }

  #killGroup(): void {
    const { pid } = this.process;
    if (pid !== undefined && isAlive(-pid)) process.kill(-pid, "SIGKILL");
  }

  async #finish(): Promise<Finished> {
    const [code] = await once(this.process, "close");
    this.#isOver = true;
    this.#said.emit("said");
    const ms = performance.now() - this.#start;
    return { code, stdout: this.#stdout, stderr: this.#stderr, ms };
  }
}

/** `groundplan` with these arguments, as a user starts it. */
export function groundplan(args: readonly string[], env?: NodeJS.ProcessEnv): Running {
  return new Running(process.execPath, [bin, ...args], env);
}

/** A directory of the test's own. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "groundplan-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Whether a process of this id is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
