import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { workTogether } from "./churn-plan.ts";
import { ChurnRun } from "./churn-run.ts";
import { errors, performAll, type Run } from "./perform-all.ts";

const HERE = 3;
const UNTIL_FOUND_MS = 120_000;

/** A process with one more instance. Killed when the test is over. */
class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  readonly #heard = new EventTarget();

  constructor({ url, run }: ChurnRun, loses: "one" | "many") {
    const file = fileURLToPath(new URL("churn-child.ts", import.meta.url));
    const args = ["--import", "tsx", file, url, run, `${HERE + 1}`, loses];
    this.#process = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error("its output is piped");
    const wake = (): void => void this.#heard.dispatchEvent(new Event("line"));
    createInterface(stdout).on("line", (line) => {
      this.#lines.push(line);
      wake();
    });
    this.#process.on("exit", wake);
  }

  /** The first line that begins so. */
  async hear(start: string): Promise<string> {
    for (;;) {
      const line = this.#lines.find((each) => each.startsWith(start));
      if (line !== undefined) return line;
      if (this.#process.exitCode !== null) throw new Error(`it ended before it said "${start}"`);
      await new Promise((resolve) => this.#heard.addEventListener("line", resolve, { once: true }));
    }
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}

/** The instances of this process. */
function performHere(
  { url, run }: ChurnRun,
  loses: "one" | "many",
  say?: (text: string) => void,
): Promise<Run> {
  return performAll(workTogether(loses, say), {
    groups: { here: HERE },
    outside: 1,
    sync: url,
    run,
    seed: "seed",
  });
}

describe.concurrent.each(["redis", "service"] as const)(
  "a process that dies in silence, over %s",
  (store) => {
    test(
      "is found by its lease, and those who can do without it go on [C49]",
      async () => {
        await using run = await ChurnRun.open(store);
        await using child = new Child(run, "many");
        const seen: string[] = [];
        const here = performHere(run, "many", (text) => void seen.push(text));
        await child.hear("working");
        child.signal("SIGKILL");
        const ended = await here;
        expect(errors(ended)).toEqual([]);
        expect(seen.toSorted()).toEqual([1, 3, 4].map((id) => `${id} sees 1,3,4 of 1,3,4`));
        expect(ended.journal.find(({ event }) => event === "lost")?.text).toBe(
          "#2 (peer) died: its process was not heard of for longer than its lease",
        );
      },
      UNTIL_FOUND_MS,
    );

    test(
      "is found by its lease, and aborts the run of those who cannot do without it [C62]",
      async () => {
        await using run = await ChurnRun.open(store);
        await using child = new Child(run, "one");
        const here = performHere(run, "one");
        await child.hear("working");
        child.signal("SIGKILL");
        expect(errors(await here)).toEqual(
          Array(HERE).fill(
            "aborted: #1 (seed) died: its process was not heard of for longer than its lease",
          ),
        );
      },
      UNTIL_FOUND_MS,
    );

    test(
      "and comes back where nobody can do without it is told that it was the cause [C50]",
      async () => {
        await using run = await ChurnRun.open(store);
        await using child = new Child(run, "one");
        const here = performHere(run, "one");
        await child.hear("working");
        child.signal("SIGSTOP");
        const told =
          "aborted: #1 (seed) died: its process was not heard of for longer than its lease";
        expect(errors(await here)).toEqual(Array(HERE).fill(told));
        child.signal("SIGCONT");
        expect(await child.hear("aborted")).toBe(`aborted ${told}`);
      },
      UNTIL_FOUND_MS,
    );

    test(
      "and comes back is told that the others went on without it [C50]",
      async () => {
        await using run = await ChurnRun.open(store);
        await using child = new Child(run, "many");
        const seen: string[] = [];
        const here = performHere(run, "many", (text) => void seen.push(text));
        await child.hear("working");
        child.signal("SIGSTOP");
        expect(errors(await here)).toEqual([]);
        expect(seen.toSorted()).toEqual([1, 3, 4].map((id) => `${id} sees 1,3,4 of 1,3,4`));
        child.signal("SIGCONT");
        expect(await child.hear("failed")).toContain(
          "peer #2 stage 'work': the others go on without this instance",
        );
      },
      UNTIL_FOUND_MS,
    );
  },
);
