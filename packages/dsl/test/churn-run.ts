import { randomUUID } from "node:crypto";
import type { Choreography } from "@groundplan/dsl";
import { MemoryStore, type Namespace, openStore } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { inject } from "vitest";
import { performAll, type Run, type RunOptions } from "./perform-all.ts";

export const STORES = ["memory", "redis", "service"] as const;
export type StoreKind = (typeof STORES)[number];

/** A run of a choreography in a store, for instances of as many processes as the test likes. */
export class ChurnRun implements AsyncDisposable {
  readonly url: string;
  readonly run: string = randomUUID();
  /** Last opened last. */
  readonly #opened: AsyncDisposable[];

  private constructor(url: string, opened: AsyncDisposable[] = []) {
    this.url = url;
    this.#opened = opened;
  }

  /** Memory is a store in this process that a service offers to all. */
  static async open(kind: Exclude<StoreKind, "memory">): Promise<ChurnRun> {
    if (kind === "redis") {
      const url = inject("redisUrl");
      if (url === undefined) throw new Error("these tests need redis-server or valkey-server");
      return new ChurnRun(url);
    }
    const store = new MemoryStore();
    const service = await serveSync(store, { port: 0 });
    return new ChurnRun(service.url, [store, service]);
  }

  /** The run as one more process sees it, such as its runner. */
  async namespace(): Promise<Namespace> {
    const store = await openStore(this.url);
    this.#opened.push(store);
    const namespace = await store.open({ run: this.run, plan: "plan", case: "case" });
    this.#opened.push(namespace);
    return namespace;
  }

  /** Performs with the instances of each group as if they were a process of their own. */
  async perform(
    found: Choreography<never>,
    groups: Readonly<Record<string, number>>,
    options: RunOptions = {},
  ): Promise<Run> {
    const all = Object.values(groups).reduce((sum, n) => sum + n, 0);
    const runs = await Promise.all(
      Object.entries(groups).map(([group, size]) =>
        performAll(found, {
          sync: this.url,
          seed: "seed",
          ...options,
          groups: { [group]: size },
          outside: all - size,
          run: this.run,
        }),
      ),
    );
    return {
      results: runs.flatMap(({ results }) => results),
      journal: runs.flatMap(({ journal }) => journal),
      lines: runs.flatMap(({ lines }) => lines),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened.reverse()) await opened[Symbol.asyncDispose]();
  }
}

/** One process over memory; else a process for each group. */
export async function performOver(
  kind: StoreKind,
  found: Choreography<never>,
  groups: Readonly<Record<string, number>>,
): Promise<Run> {
  if (kind === "memory") return performAll(found, { groups });
  await using run = await ChurnRun.open(kind);
  return await run.perform(found, groups);
}
