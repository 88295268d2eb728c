import { randomUUID } from "node:crypto";
import {
  Membership,
  type MembershipChange,
  type Namespace,
  openStore,
  SyncClient,
} from "@groundplan/sync";
import { RedisStore, type RedisStoreOptions } from "@groundplan/sync/redis";
import { serveSync } from "@groundplan/sync/service";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { Child } from "./child-process.ts";
import { OwnRedis, sharedRedis } from "./redis-server.ts";

const TTL_MS = 600;
/** Until a dead process is swept: its time to live, the longest pause between beats, and what a busy machine adds. */
const SWEPT_MS = TTL_MS + (TTL_MS / 3) * 1.25 + 1_500;
const WAIT = { timeoutMs: SWEPT_MS };

interface Stage extends AsyncDisposable {
  readonly run: string;
  readonly namespace: Namespace;
  readonly peers: Membership<number>;
  /** A process that has joined. By default it talks with Redis itself. */
  child(ids: readonly string[], url?: string): Promise<Child>;
}

async function stage(options: RedisStoreOptions = {}): Promise<Stage> {
  const run = randomUUID();
  const store = await RedisStore.connect(sharedRedis(), {}, options);
  const namespace = await store.open({ run, plan: "p", case: "c" }, { sessionTtlMs: TTL_MS });
  const children: Child[] = [];
  return {
    run,
    namespace,
    peers: new Membership<number>(namespace, "peers"),
    async child(ids, url = sharedRedis()) {
      const process = new Child("membership-child.ts", url, run, `${TTL_MS}`, ...ids);
      children.push(process);
      await process.hear("joined");
      return process;
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) await child[Symbol.asyncDispose]();
      await namespace.drop();
      await store.close();
    },
  };
}

/** Resolves once the watch tells that the member is down. */
async function downIn(
  changes: AsyncIterable<MembershipChange<unknown>>,
  id: string,
): Promise<void> {
  for await (const change of changes) {
    if (change.type === "down" && change.member.id === id) return;
  }
}

describe("when a process is killed", () => {
  test("its members are down within its time to live and a heartbeat, and watchers hear of it", async () => {
    await using on = await stage();
    const child = await on.child(["one", "two"]);
    await on.peers.awaitMembers(["one", "two"], WAIT);
    const changes = on.peers.watch(WAIT);
    await changes.next();
    const heard = downIn(changes, "two");
    await child.kill();
    await heard;
    expect(await on.peers.members()).toMatchObject([
      { id: "one", status: "down" },
      { id: "two", status: "down" },
    ]);
  });

  test("a barrier that fails fast breaks within its time to live and a heartbeat, and names it", async () => {
    await using on = await stage();
    const child = await on.child(["one"]);
    const sync = new SyncClient(on.namespace);
    const target = { members: ["me", "one"], policy: "failFast", membership: "peers" } as const;
    const meeting = sync.signalAndWait("up", target, { member: "me", timeoutMs: 30_000 });
    const broken = expect(meeting).rejects.toMatchObject({ code: "broken", dead: ["one"] });
    await child.kill();
    const began = performance.now();
    await broken;
    expect(performance.now() - began).toBeLessThan(SWEPT_MS);
  });

  test("behind a sync service the same holds", async () => {
    await using on = await stage();
    await using backing = await openStore(sharedRedis());
    await using service = await serveSync(backing, { port: 0 });
    const child = await on.child(["one"], service.url);
    const target = { members: ["one"], policy: "failFast", membership: "peers" } as const;
    const meeting = new SyncClient(on.namespace).barrier("up", target, { timeoutMs: 30_000 });
    const broken = expect(meeting).rejects.toMatchObject({ code: "broken", dead: ["one"] });
    await child.kill();
    await broken;
  });

  test("another may have its name once it is down", async () => {
    await using on = await stage();
    const child = await on.child(["one"]);
    await expect(on.peers.join("one", 0)).rejects.toMatchObject({ code: "mismatch" });
    const changes = on.peers.watch(WAIT);
    await changes.next();
    await child.kill();
    await downIn(changes, "one");
    await on.peers.join("one", 0);
    expect(await on.peers.members()).toMatchObject([{ id: "one", payload: 0, status: "up" }]);
  });

  test("watchers and barriers learn of it although every announcement is lost", async () => {
    await using on = await stage({ recheckMs: 200, onNotify: () => false });
    const child = await on.child(["one"]);
    const target = { members: ["one"], policy: "failFast", membership: "peers" } as const;
    const meeting = new SyncClient(on.namespace).barrier("up", target, { timeoutMs: 30_000 });
    const broken = expect(meeting).rejects.toMatchObject({ code: "broken" });
    const changes = on.peers.watch(WAIT);
    await changes.next();
    const heard = downIn(changes, "one");
    await child.kill();
    await Promise.all([broken, heard]);
  });
});

test("a process that stood still for longer than it may live learns that it is lost, and stays down", async () => {
  await using on = await stage();
  const child = await on.child(["one"]);
  const changes = on.peers.watch(WAIT);
  await changes.next();
  child.signal("SIGSTOP");
  await downIn(changes, "one");
  child.signal("SIGCONT");
  await child.hear("lost");
  expect(await on.peers.members()).toMatchObject([{ id: "one", status: "down" }]);
});

test("2,000 members of one dead process are down in batches, and what nobody knows of is left [131]", async () => {
  await using on = await stage();
  const ids = Array.from({ length: 2_000 }, (_, i) => `m${i}`);
  const other = await RedisStore.connect(sharedRedis());
  const there = await other.open({ run: on.run, plan: "p", case: "c" });
  const joining = new Membership<number>(there, "peers");
  await Promise.all(ids.map((id, i) => joining.join(id, i)));
  expect(await on.peers.awaitMembers(2_000, WAIT)).toHaveLength(2_000);
  await other.close();
  await on.namespace.groups.changed("membership:peers", "deaths", 1_999, { timeoutMs: 10_000 });
  const members = await on.peers.members();
  expect(members.filter(({ status }) => status === "down")).toHaveLength(2_000);
  const raw = new Redis(sharedRedis());
  try {
    await expect.poll(() => raw.keys(`gp:undo:*${on.run}*`)).toEqual([]);
  } finally {
    raw.disconnect();
  }
});

test("a member joins, says something and leaves through a broken connection, once each [89]", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url);
  const run = await store.open({ run: randomUUID(), plan: "p", case: "c" });
  const peers = new Membership<number>(run, "peers");
  const raw = new Redis(server.url);
  try {
    const cut = (): Promise<unknown> =>
      raw.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    const member = await peers.join("one", 0);
    for (let i = 1; i <= 5; i++) {
      const updating = member.update(i);
      await cut();
      await updating;
    }
    const { version, members } = await run.groups.view("membership:peers");
    expect([version, members.map(({ json }) => json)]).toEqual([6, ["5"]]);
    await cut();
    expect(await member.leave()).toBe(true);
    await run.drop();
    expect(await raw.dbsize()).toBe(0);
  } finally {
    raw.disconnect();
  }
});

test("whatever a group is asked for leaves no key that stays for ever, and no name outside ours", async () => {
  await using server = await OwnRedis.start();
  await using store = await RedisStore.connect(server.url);
  const run = await store.open({ run: randomUUID(), plan: "p", case: "c" });
  const raw = new Redis(server.url);
  try {
    const { groups } = run;
    const joined = await groups.join("g", "one", "1", { requestId: "1" });
    await groups.update(joined, "2", { requestId: "2" });
    await expect(groups.reach("g", 2, { timeoutMs: 30 })).rejects.toThrow("1 of 2");
    await expect(groups.changed("g", "deaths", 0, { timeoutMs: 30 })).rejects.toThrow("went down");
    await groups.leave(joined, "down", { requestId: "3" });
    await groups.join("g", "one", "1", { requestId: "4" });
    await groups.withdraw("g", "one", { requestId: "4" });
    const keys = await raw.keys("*");
    expect(keys.filter((key) => !key.startsWith("gp:"))).toEqual([]);
    for (const key of keys) expect([key, await raw.pttl(key)]).not.toContain(-1);
  } finally {
    raw.disconnect();
  }
});
