import { relative, resolve } from "node:path";
import { containedPath } from "../contained-path.ts";
import type { RunParams } from "../run-params.ts";
import { RuntimeError } from "../runtime-error.ts";
import { parseGoSize } from "../units/go-size.ts";
import { takeHttpSnapshots } from "./http-snapshots.ts";
import { makeRandomDirectory } from "./random-directory.ts";
import { type RandomFileOptions, writeRandomFile } from "./random-file.ts";
import { openRawAsset, type RawAsset } from "./raw-asset.ts";
import { type StructuredAsset, structuredAsset } from "./structured-asset.ts";

/** Makes files: those an instance leaves behind, and those it works on. */
export interface AssetMaker {
  /**
   * Creates a file of this name in the outputs directory, with the directories on its way; an existing one is emptied.
   *
   * @throws {@link RuntimeError} `bad-path` if it would lie elsewhere, is a file of the runtime's own (`run.out`,
   * `run.err`, `results.out`, `diagnostics.out`), or there is no outputs directory.
   */
  createRawAsset(name: string): RawAsset;
  /** As {@link AssetMaker.createRawAsset}, for a log of its own: a JSON object a line. */
  createStructuredAsset(name: string): StructuredAsset;
  /**
   * Creates a file of random content in a directory that exists; resolves with its path, a new one each time.
   *
   * @param size bytes, or text such as `"10MiB"`.
   * @throws {@link RuntimeError} `bad-asset` for a size that is none.
   */
  createRandomFile(
    directory: string,
    size: number | string,
    options?: RandomFileOptions,
  ): Promise<string>;
  /**
   * Creates `depth` nested directories in one that exists; resolves with the path of the first, or with `directory`
   * itself where `depth` is 0.
   *
   * @throws {@link RuntimeError} `bad-asset` for a depth that is no whole number from 0 to 1000.
   */
  createRandomDirectory(directory: string, depth: number): Promise<string>;
  /**
   * Fetches a URL each `periodMs` into a file of its own in a directory among the outputs, `<seconds since 1970>.out`,
   * until closed or the instance ends. What cannot be fetched is told in a message.
   *
   * @throws {@link RuntimeError} `bad-path` as for {@link AssetMaker.createRawAsset}; `bad-asset` for a period that no
   * timer can be set to.
   */
  httpPeriodicSnapshots(url: string, periodMs: number, directory: string): Snapshots;
}

/** Files that go on being made. */
export interface Snapshots extends AsyncDisposable {
  /** Resolves once the last file is written. May be called twice. */
  close(): Promise<void>;
}

const OWN_FILES = new Set(["run.out", "run.err", "results.out", "diagnostics.out"]);
const MAX_DEPTH = 1_000;
const LONGEST_MS = 2 ** 31 - 1;

/** The assets of one instance; those open at its end are closed with it. */
export class Assets implements AssetMaker {
  readonly #params: Pick<RunParams, "outputsPath" | "plan">;
  readonly #report: (message: string) => void;
  readonly #open = new Set<{ close(): void | Promise<void> }>();

  constructor(params: Pick<RunParams, "outputsPath" | "plan">, report: (message: string) => void) {
    this.#params = params;
    this.#report = report;
  }

  createRawAsset(name: string): RawAsset {
    const path = this.#path(name);
    const { outputsPath } = this.#params;
    if (OWN_FILES.has(relative(resolve(outputsPath), path))) {
      throw new RuntimeError(
        "bad-path",
        `'${name}' is a file of the runtime's own; give the asset another name`,
      );
    }
    const file = openRawAsset(path);
    this.#open.add(file);
    return file;
  }

  createStructuredAsset(name: string): StructuredAsset {
    return structuredAsset(this.createRawAsset(name));
  }

  async createRandomFile(
    directory: string,
    size: number | string,
    options: RandomFileOptions = {},
  ): Promise<string> {
    const bytes = typeof size === "string" ? parseGoSize(size) : size;
    if (bytes === undefined || !Number.isSafeInteger(bytes) || bytes < 0) {
      const found = typeof size === "string" ? JSON.stringify(size) : String(size);
      throw new RuntimeError(
        "bad-asset",
        `a random file cannot have size ${found}; give a whole number of bytes, or text such as "10MiB"`,
      );
    }
    return writeRandomFile(directory, this.#prefix(), bytes, options);
  }

  async createRandomDirectory(directory: string, depth: number): Promise<string> {
    if (!Number.isInteger(depth) || depth < 0 || depth > MAX_DEPTH) {
      throw new RuntimeError(
        "bad-asset",
        `directories cannot be nested ${depth} deep; give a whole number from 0 to ${MAX_DEPTH}`,
      );
    }
    return makeRandomDirectory(directory, this.#prefix(), depth);
  }

  httpPeriodicSnapshots(url: string, periodMs: number, directory: string): Snapshots {
    if (!(periodMs >= 1 && periodMs <= LONGEST_MS)) {
      throw new RuntimeError(
        "bad-asset",
        `snapshots cannot be taken every ${periodMs} ms; give 1 ms to 24 days`,
      );
    }
    const report = this.#report;
    const taken = takeHttpSnapshots({ url, periodMs, directory: this.#path(directory), report });
    this.#open.add(taken);
    return { close: taken.close, [Symbol.asyncDispose]: taken.close };
  }

  async close(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map((asset) => asset.close()));
  }

  #path(name: string): string {
    return containedPath("TEST_OUTPUTS_PATH", this.#params.outputsPath, name);
  }

  /** A plan's name may be that of a path. */
  #prefix(): string {
    return this.#params.plan.replaceAll(/[^\w.-]/g, "-");
  }
}
