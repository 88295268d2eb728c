import { randomUUID } from "node:crypto";
import { MemoryStore, type Namespace, openStore, type Store } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { afterAll, beforeAll, describe } from "vitest";
import { sharedRedis } from "./redis-server.ts";

/** Two stores on one shared state, as two processes would have them. */
export interface Ground {
  /** The same fresh run, seen from both. */
  pair(options?: Parameters<Store["open"]>[1]): Promise<readonly [Namespace, Namespace]>;
}

interface Shared {
  open(): Promise<Store>;
  close(): Promise<void>;
}

async function memory(): Promise<Shared> {
  const shared = new MemoryStore();
  return { open: async () => new MemoryStore({ sharedWith: shared }), close: () => shared.close() };
}

async function redis(): Promise<Shared> {
  return { open: () => openStore(sharedRedis()), close: async () => {} };
}

async function served(backing: Store): Promise<Shared> {
  const service = await serveSync(backing, { port: 0 });
  const close = async (): Promise<void> => {
    await service.close();
    await backing.close();
  };
  return { open: () => openStore(service.url), close };
}

const SET_UPS: readonly (readonly [name: string, start: () => Promise<Shared>])[] = [
  ["MemoryStore", memory],
  ["RedisStore", redis],
  ["ServiceStore on MemoryStore", () => served(new MemoryStore())],
  ["ServiceStore on RedisStore", async () => served(await openStore(sharedRedis()))],
];

/** Runs a suite on every store that carries all primitives. */
export function onEverySetUp(what: string, suite: (ground: Ground) => void): void {
  describe.each(SET_UPS)(`${what} on %s`, (_, start) => {
    let shared: Shared;
    let stores: readonly [Store, Store];
    beforeAll(async () => {
      shared = await start();
      stores = [await shared.open(), await shared.open()];
    });
    afterAll(async () => {
      for (const store of stores) await store.close();
      await shared.close();
    });
    suite({
      async pair(options) {
        const scope = { run: randomUUID(), plan: "plan", case: "case" };
        return [await stores[0].open(scope, options), await stores[1].open(scope, options)];
      },
    });
  });
}

/** A run in a store of its own, for an example. */
export async function memoryRun(): Promise<Namespace> {
  return new MemoryStore().open({ run: randomUUID(), plan: "plan", case: "example" });
}
