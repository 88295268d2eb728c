import type { Store } from "./atoms/store.ts";
import { SyncError } from "./error.ts";
import { MemoryStore } from "./memory/store.ts";
import type { Wait } from "./wait.ts";

/**
 * Opens the store a URL names: `memory:` (a new one), `redis://`, `rediss://`, `redis+unix://`, `redis+sentinel://`,
 * `redis+cluster://`, or `ws://`, `wss://` for a sync service.
 * Rejects with a `SyncError`: `connection` if it cannot be reached in time (5 s unless given), `range` for another URL.
 * Closed by the caller.
 */
export async function openStore(url: string, wait: Wait = {}): Promise<Store> {
  // Not the platform's URL, which takes no list of hosts.
  const protocol = /^([a-z+]+:)/.exec(url)?.[1];
  switch (protocol) {
    case "memory:":
      return new MemoryStore();
    case "redis:":
    case "rediss:":
    case "redis+unix:":
    case "rediss+unix:":
    case "redis+sentinel:":
    case "rediss+sentinel:":
    case "redis+cluster:":
    case "rediss+cluster:": {
      // Loaded when it is wanted: an instance needs one kind of store, and starts sooner without the others.
      const { RedisStore } = await import("./redis/store.ts");
      return RedisStore.connect(url, wait);
    }
    case "ws:":
    case "wss:": {
      const { ServiceStore } = await import("./service/store.ts");
      return ServiceStore.connect(url, wait);
    }
    default:
      throw new SyncError(
        "range",
        `"${url}" names no store; use redis://host:6379, ws://host:5050 or memory:`,
      );
  }
}
