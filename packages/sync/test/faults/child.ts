import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { settledHandles } from "./handles.ts";
import { Worker, type WorkerReport, type WorkerSpec } from "./worker.ts";

/** What the main process tells a child, and a child its main process. */
type Order =
  | { readonly type: "open"; readonly spec: WorkerSpec }
  | { readonly type: "run" | "close" }
  | { readonly type: "speak"; readonly spec: WorkerSpec };

type Answer =
  | { readonly type: "opened" }
  | { readonly type: "ran"; readonly report: WorkerReport }
  | { readonly type: "closed"; readonly leftovers: readonly string[] }
  | { readonly type: "answered"; readonly word: number }
  | { readonly type: "failed"; readonly text: string };

/** A process that is one worker after the other, because starting one takes longer than a schedule. */
export class Child {
  readonly #process: ChildProcess;

  constructor(program: string) {
    this.#process = fork(program, ["child"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    // A dead one is noticed by its silence.
    this.#process.on("error", () => {});
  }

  async open(spec: WorkerSpec): Promise<void> {
    await this.#ask({ type: "open", spec }, "opened");
  }

  async run(): Promise<WorkerReport> {
    const { report } = await this.#ask({ type: "run" }, "ran");
    return report;
  }

  /** Resolves with what is left behind in the process. */
  async close(): Promise<readonly string[]> {
    const { leftovers } = await this.#ask({ type: "close" }, "closed");
    return leftovers;
  }

  /** Publishes until it is killed; `answered` hears of every word that had an answer. */
  async speak(spec: WorkerSpec, answered: (word: number) => void): Promise<void> {
    this.#process.on("message", (answer: Answer) => {
      if (answer.type === "answered") answered(answer.word);
    });
    await this.#ask({ type: "speak", spec }, "opened");
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  #ask<T extends Answer["type"]>(order: Order, type: T): Promise<Extract<Answer, { type: T }>> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#process.off("message", onAnswer).off("exit", onExit);
        finish();
      };
      const onExit = (code: number | null): void =>
        settle(() => reject(new Error(`a worker process ended with ${code}`)));
      const onAnswer = (answer: Answer): void => {
        if (isOf(answer, type)) settle(() => resolve(answer));
        if (answer.type === "failed") settle(() => reject(new Error(answer.text)));
      };
      this.#process.on("message", onAnswer).on("exit", onExit);
      this.#process.send(order);
    });
  }
}

function isOf<T extends Answer["type"]>(
  answer: Answer,
  type: T,
): answer is Extract<Answer, { type: T }> {
  return answer.type === type;
}

/** The program of a child: does as it is told until its main process is gone. */
export function serveAsChild(): void {
  let worker: Worker | undefined;
  const now = Date.now;
  const tell = (answer: Answer): void => {
    process.send?.(answer);
  };
  const before = process.getActiveResourcesInfo();
  const obey = async (order: Order): Promise<void> => {
    switch (order.type) {
      case "open":
        Date.now = () => now() + order.spec.plan.skewMs;
        worker = await Worker.open(order.spec);
        return tell({ type: "opened" });
      case "run":
        if (worker !== undefined) tell({ type: "ran", report: await worker.run() });
        return;
      case "close":
        await worker?.close();
        return tell({ type: "closed", leftovers: await settledHandles(before) });
      case "speak":
        worker = await Worker.open(order.spec);
        tell({ type: "opened" });
        return worker.speak((word) => tell({ type: "answered", word }));
    }
  };
  process.on("message", (order: Order) => {
    obey(order).catch((error: unknown) => tell({ type: "failed", text: String(error) }));
  });
  process.on("disconnect", () => process.exit(0));
  process.on("unhandledRejection", (reason) =>
    tell({ type: "failed", text: `unhandled rejection: ${reason}` }),
  );
  process.on("warning", (warning) => tell({ type: "failed", text: `warning: ${warning}` }));
}
