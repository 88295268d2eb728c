import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";

const groundplan = fileURLToPath(new URL("../../packages/cli/bin/groundplan.js", import.meta.url));
const execute = promisify(execFile);

/** Testground's command looks for its daemon, and instances for the service, where they always are. */
const PORTS = { daemon: 8042, service: 5050, redis: 6379 } as const;

/** What a `testground` command came to. */
export interface Said {
  readonly code: number;
  /** What it printed, without colours. */
  readonly text: string;
  /** Of the run it started; empty if it started none. */
  readonly run: string;
}

/** A Testground of the test's own, with its daemon, and a sync service of ours. */
export class Testground implements AsyncDisposable {
  readonly home: string;
  readonly #program: string;
  readonly #processes: ChildProcess[] = [];
  #log = "";

  /** @throws Error where one of the ports is taken that Testground leaves no choice about. */
  static async start(program: string): Promise<Testground> {
    for (const [what, port] of Object.entries(PORTS)) await assertFree(what, port);
    const testground = new Testground(program);
    try {
      testground.#start(process.execPath, [groundplan, "service", "--port", `${PORTS.service}`]);
      testground.#start(program, ["daemon"]);
      for (const port of [PORTS.service, PORTS.daemon]) await testground.#listening(port);
    } catch (error) {
      await testground[Symbol.asyncDispose]();
      throw error;
    }
    return testground;
  }

  private constructor(program: string) {
    this.#program = program;
    this.home = mkdtempSync(join(tmpdir(), "groundplan-testground-"));
    for (const name of ["plans", "tmp"]) mkdirSync(join(this.home, name));
  }

  /** Bundles a plan's file and makes it known under a name; resolves with its program. */
  async importPlan(file: string, name: string): Promise<string> {
    const directory = join(this.home, "bundles", name);
    await execute(process.execPath, [groundplan, "bundle", file, "-o", directory]);
    const imported = join(this.home, "plans", name);
    mkdirSync(imported);
    cpSync(join(directory, "manifest.toml"), join(imported, "manifest.toml"));
    return join(directory, "plan.mjs");
  }

  /** Adds to the manifest of a plan. */
  extendManifest(plan: string, text: string): void {
    const file = join(this.home, "plans", plan, "manifest.toml");
    writeFileSync(file, `${readFileSync(file, "utf8")}\n${text}`);
  }

  /** Runs the command; how it ends is for the caller to judge. */
  async command(...args: readonly string[]): Promise<Said> {
    const command = this.#start(this.#program, args);
    let printed = "";
    for (const stream of [command.stdout, command.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => (printed += text));
    }
    const [code] = await once(command, "close");
    const text = stripVTControlCharacters(printed);
    return { code, text, run: /run is queued with ID: (\w+)/.exec(text)?.[1] ?? "" };
  }

  /** Where an instance of a run left its outputs. */
  outputs(plan: string, { run }: Said, group: string, i: number): string {
    return join(this.home, "data/outputs/local_exec", plan, run, group, `${i}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const alive = this.#processes.filter(
      ({ exitCode, signalCode }) => exitCode === null && !signalCode,
    );
    await Promise.all(
      alive.map(async (child) => {
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      }),
    );
    rmSync(this.home, { recursive: true, force: true });
  }

  #start(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, {
      // Nothing of the user's: neither a home nor a Docker.
      env: {
        PATH: process.env["PATH"],
        TESTGROUND_HOME: this.home,
        TMPDIR: join(this.home, "tmp"),
        DOCKER_HOST: "unix:///nowhere",
      },
      cwd: this.home,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#processes.push(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.#log += text));
    }
    return child;
  }

  async #listening(port: number): Promise<void> {
    while (!(await isAnswered(port))) {
      if (this.#processes.some(({ exitCode }) => exitCode !== null)) throw new Error(this.#log);
      await setTimeout(50);
    }
  }
}

async function isAnswered(port: number): Promise<boolean> {
  const socket = connect(port, "localhost");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function assertFree(what: string, port: number): Promise<void> {
  const server = createServer().listen(port);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new Error(
      `Testground's ${what} has port ${port}, and something else listens there; end it to run these tests`,
      { cause },
    );
  }
  server.close();
  await once(server, "close");
}
