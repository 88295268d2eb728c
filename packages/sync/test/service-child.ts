import { monitorEventLoopDelay } from "node:perf_hooks";
import { MemoryStore } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";

/** A service in a process of its own, which tells what memory it takes: started with `--expose-gc` and an IPC channel. */
const store = new MemoryStore();
const service = await serveSync(store, { port: 0 });

const collect = globalThis.gc;
if (collect === undefined) throw new Error("start this with --expose-gc");

const delay = monitorEventLoopDelay();
delay.enable();

process.on("message", () => {
  const heldUpMs = delay.max / 1e6;
  // What the connections that ended held is let go of in later turns.
  setTimeout(() => {
    collect();
    collect();
    const { heapUsed, rss, external } = process.memoryUsage();
    const { connections } = service;
    process.send?.({ heapUsed, rss, external, connections, heldUpMs });
    delay.reset();
  }, 200);
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url: service.url });
