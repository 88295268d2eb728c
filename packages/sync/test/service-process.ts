import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface Memory {
  readonly heapUsed: number;
  readonly rss: number;
  readonly external: number;
  /** How many clients were connected then. */
  readonly connections: number;
  /** The longest that the process was held up since it was asked before. */
  readonly heldUpMs: number;
}

/** A sync service on a memory store, in a process of its own. */
export class ServiceProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  static async start(): Promise<ServiceProcess> {
    const program = join(import.meta.dirname, "service-child.ts");
    const child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", program], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [{ url }] = (await once(child, "message")) as [{ url: string }];
    return new ServiceProcess(child, url);
  }

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** After a garbage collection. */
  async memory(): Promise<Memory> {
    const answer = once(this.#child, "message");
    this.#child.send("memory");
    const [memory] = (await answer) as [Memory];
    return memory;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.#child, "exit");
    this.#child.disconnect();
    await gone;
  }
}
