import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import sonic, { type SonicBoom } from "sonic-boom";
import { RuntimeError } from "./runtime-error.ts";
import { errorText, toError } from "./thrown.ts";

/** The files Testground expects of an instance. What is written after `close` is dropped. */
export interface Outputs {
  line(text: string): void;
  /** Takes lines with their line feeds. */
  results(lines: string): void;
  /** As `results`. */
  diagnostics(lines: string): void;
  errors(chunk: Buffer): void;
  close(): void;
}

/** For an instance that has nowhere to write. */
export const noOutputs: Outputs = {
  line() {},
  results() {},
  diagnostics() {},
  errors() {},
  close() {},
};

/** Creates the directories of an instance, and in the first the files `run.out`, `run.err`, `results.out`, `diagnostics.out`. */
export function openOutputs(outputsPath: string, tempPath: string): Outputs {
  if (tempPath !== "") attempt("TEST_TEMP_PATH", tempPath, () => makeDirectory(tempPath, 0o700));
  if (outputsPath === "") return noOutputs;
  return attempt("TEST_OUTPUTS_PATH", outputsPath, () => {
    makeDirectory(outputsPath, 0o777);
    return openFiles(outputsPath);
  });
}

function makeDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true, mode });
}

function openFiles(directory: string): Outputs {
  const open = (name: string, flags: string): number => openSync(join(directory, name), flags);
  const out = open("run.out", "a");
  const err = open("run.err", "w");
  const results = open("results.out", "w");
  const diagnostics = open("diagnostics.out", "w");
  const files = { out: textFile(out), err: rawFile(err) };
  const measured = { results: lazyFile(results), diagnostics: lazyFile(diagnostics) };
  let isOpen = true;
  return {
    line: (text) => void (isOpen && files.out.write(`${text}\n`)),
    results: (lines) => void (isOpen && measured.results(lines)),
    diagnostics: (lines) => void (isOpen && measured.diagnostics(lines)),
    errors: (chunk) => void (isOpen && files.err.write(chunk)),
    close() {
      if (!isOpen) return;
      isOpen = false;
      // Every write is done by now; SonicBoom's own way to close would wait for the disk as well.
      for (const fd of [out, err, results, diagnostics]) closeSync(fd);
    },
  };
}

interface RawFile {
  write(chunk: Buffer): boolean;
}

function textFile(fd: number): SonicBoom {
  return reporting(new sonic.SonicBoom({ fd, sync: true }));
}

/** Most instances measure little, and many share a process. */
function lazyFile(fd: number): (text: string) => void {
  let file: SonicBoom | undefined;
  return (text) => {
    file ??= textFile(fd);
    file.write(text);
  };
}

function rawFile(fd: number): RawFile {
  // The types of sonic-boom know text only.
  return reporting(
    new sonic.SonicBoom({ fd, sync: true, contentMode: "buffer" }),
  ) as unknown as RawFile;
}

/** A full disk costs the files, not the instance: its events still go to stdout. */
function reporting(file: SonicBoom): SonicBoom {
  file.once("error", (error: Error) => {
    process.emitWarning(`an output file cannot be written: ${error.message}`, "OutputWarning");
  });
  file.on("error", () => {});
  return file;
}

function attempt<T>(variable: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    const cause = toError(thrown);
    throw new RuntimeError(
      "bad-outputs",
      `${variable} is ${path}, which cannot be used: ${errorText(cause)}; name a directory that this user may create and write`,
      { cause },
    );
  }
}
