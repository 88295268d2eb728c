import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Redis } from "ioredis";
import type { OwnRedis } from "../redis-server.ts";
import type { Child } from "./child.ts";
import type { FaultProxy, HeldRequest } from "./proxy.ts";
import type { Fault, FaultType } from "./schedule.ts";

/** What faults can be done to. */
export interface Field {
  readonly server: OwnRedis;
  /** Where the server keeps its state. */
  readonly dir: string;
  /** A connection of our own that no fault is meant for. */
  readonly control: Redis;
  /** One a worker; none of a child's is missing. */
  readonly proxies: readonly FaultProxy[];
  readonly children: readonly (Child | undefined)[];
  /** Those to be delivered when the run is over. */
  readonly held: HeldRequest[];
  readonly holdsUntilDropped: boolean;
}

/** Does what the fault says; resolves once it is over. */
export async function inflict(field: Field, fault: Fault): Promise<void> {
  const proxy = field.proxies[fault.worker];
  if (proxy !== undefined) await FAULTS[fault.type](field, fault, proxy);
}

const FAULTS: Readonly<
  Record<FaultType, (field: Field, fault: Fault, proxy: FaultProxy) => unknown>
> = {
  delay: async (_, { ms }, proxy) => {
    proxy.delay(ms / 5);
    await after(ms);
    proxy.delay(0);
  },
  throttle: async (_, { ms }, proxy) => {
    proxy.throttle(20_000);
    await after(ms);
    proxy.throttle(Number.POSITIVE_INFINITY);
  },
  cut: (_, __, proxy) => proxy.cut(),
  blackhole: async (_, { ms }, proxy) => {
    proxy.blackhole();
    await after(ms);
    proxy.heal();
  },
  "half-open": (_, __, proxy) => proxy.blackhole("established"),
  "drop replies": async (_, { ms }, proxy) => {
    proxy.dropReplies();
    await after(ms);
    proxy.heal();
  },
  "commit then drop": (_, __, proxy) => proxy.commitThenDrop(),
  "hold request": (field, { ms }, proxy) => {
    void proxy.holdRequest().then(async (request) => {
      if (field.holdsUntilDropped) return field.held.push(request);
      await after(ms);
      return request.deliver();
    });
  },
  refuse: (_, { ms }, proxy) => proxy.refuse(ms),
  "kill clients": async ({ control }) => {
    for (const type of ["normal", "pubsub"]) {
      await ready(control);
      await control.call("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes");
    }
  },
  "flush scripts": ({ control }) => control.script("FLUSH"),
  "pause clients": async ({ control }, { ms }) => {
    await ready(control);
    await control.call("CLIENT", "PAUSE", ms, ms % 2 === 0 ? "WRITE" : "ALL");
  },
  "freeze server": async ({ server }, { ms }) => {
    server.signal("SIGSTOP");
    await after(ms);
    server.signal("SIGCONT");
  },
  "crash and restart": ({ server }) => restart(server, async () => {}),
  "flush all": ({ control }) => control.flushall(),
  "crash and lose": ({ server, dir }) =>
    restart(server, () => rm(join(dir, "appendonlydir"), { recursive: true })),
  "freeze worker": async ({ children }, { ms }) => {
    const child = children.find((one) => one !== undefined);
    child?.signal("SIGSTOP");
    await after(ms);
    child?.signal("SIGCONT");
  },
};

const restarting = new WeakSet<OwnRedis>();

/** Two crashes at once are one. */
async function restart(server: OwnRedis, between: () => Promise<void>): Promise<void> {
  if (restarting.has(server)) return;
  restarting.add(server);
  await server.stop("SIGKILL");
  await between();
  await server.start();
  restarting.delete(server);
}

/** ioredis sends CLIENT while it is still greeting, and forgets it when the connection ends before it has greeted. */
async function ready(control: Redis): Promise<void> {
  while (control.status !== "ready") await once(control, "ready").catch(() => {});
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
