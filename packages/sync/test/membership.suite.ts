import {
  BrokenBarrierError,
  type Member,
  Membership,
  type MembershipChange,
  MissingMembersError,
  type Namespace,
  SyncClient,
} from "@groundplan/sync";
import { expect, test } from "vitest";
import { z } from "zod";
import { take } from "./conformance.ts";
import type { Ground } from "./set-ups.ts";

const SOON = { timeoutMs: 10_000 };

/** The changes of a watch as `joined a`, and those who were there at first. */
async function told(
  changes: AsyncIterable<MembershipChange<unknown>>,
  count: number,
): Promise<readonly string[]> {
  return (await take(changes, count)).map((change) =>
    change.type === "snapshot"
      ? `there ${change.members.map(({ id }) => id).join(" ")}`
      : `${change.type} ${change.member.id}`,
  );
}

/** Ends the session of the namespace, as the death of its process would. */
async function die(namespace: Namespace): Promise<void> {
  const session = await namespace.session();
  await session.end();
}

export function membershipSuite({ pair }: Ground): void {
  const memberships = async <T = unknown>(): Promise<
    readonly [Membership<T>, Membership<T>, readonly [Namespace, Namespace]]
  > => {
    const [a, b] = await pair();
    return [new Membership<T>(a, "peers"), new Membership<T>(b, "peers"), [a, b]];
  };
  const statusOf = async <T>(membership: Membership<T>): Promise<readonly string[]> =>
    (await membership.members()).map(({ id, status }) => `${id} ${status}`);

  test("joining, leaving and a change of payload are visible to all, one's own id among them [87]", async () => {
    const [a, b] = await memberships<{ port: number }>();
    const one = await a.join("one", { port: 1 });
    const two = await b.join("two", { port: 2 });
    for (const membership of [a, b]) {
      expect(await membership.members()).toEqual([
        { id: "one", payload: { port: 1 }, status: "up", ticket: one.ticket },
        { id: "two", payload: { port: 2 }, status: "up", ticket: two.ticket },
      ]);
    }
    await one.update({ port: 11 });
    expect(one.payload).toEqual({ port: 11 });
    expect((await b.members())[0]?.payload).toEqual({ port: 11 });
    expect(await one.leave()).toBe(true);
    expect(await one.leave()).toBe(false);
    await expect(one.update({ port: 12 })).rejects.toMatchObject({ code: "not-owner" });
    expect(await statusOf(b)).toEqual(["two up"]);
  });

  test("an id that another live process has is refused, and free once it has left", async () => {
    const [a, b] = await memberships();
    const member = await a.join("one", null);
    await expect(b.join("one", null)).rejects.toMatchObject({
      code: "mismatch",
      message: expect.stringContaining('membership "peers": the id "one" is another\'s'),
    });
    await member.leave();
    expect((await b.join("one", null)).ticket).toBeGreaterThan(member.ticket);
  });

  test("one process that joins twice under one id is one member, with the later payload", async () => {
    const [a, b] = await memberships();
    const first = await a.join("one", 1);
    const again = await a.join("one", 2);
    expect(again.ticket).toBe(first.ticket);
    expect(await b.members()).toMatchObject([{ id: "one", payload: 2 }]);
  });

  test("repeated with the same request id, a write changes nothing and answers as before", async () => {
    const [{ groups }, { groups: others }] = await pair();
    const joining = { requestId: "join" };
    const joined = await groups.join("g", "one", "1", joining);
    expect((await groups.join("g", "one", "1", joining)).ticket).toBe(joined.ticket);
    expect(await groups.update(joined, "2", { requestId: "update" })).toBe(true);
    await groups.update(joined, "3", { requestId: "later" });
    expect(await groups.update(joined, "2", { requestId: "update" })).toBe(true);
    expect(await others.view("g")).toMatchObject({ version: 3, members: [{ json: "3" }] });
    expect(await groups.leave(joined, "left", { requestId: "leave" })).toBe(true);
    expect(await groups.leave(joined, "left", { requestId: "leave" })).toBe(true);
    expect((await groups.join("g", "one", "1", joining)).ticket).toBe(joined.ticket);
    expect(await others.view("g")).toEqual({ version: 4, deaths: 0, members: [] });
  });

  test("a joining that is withdrawn is undone, and a late copy of it joins nobody", async () => {
    const [{ groups }, { groups: others }] = await pair();
    await groups.join("g", "one", "1", { requestId: "early" });
    await groups.withdraw("g", "one", { requestId: "early" });
    await groups.withdraw("g", "one", { requestId: "late" });
    for (const requestId of ["early", "late"]) {
      await expect(groups.join("g", "one", "1", { requestId })).rejects.toMatchObject({
        code: "aborted",
      });
    }
    expect((await others.view("g")).members).toEqual([]);
    await others.join("g", "one", "1", { requestId: "other" });
    await expect(groups.join("g", "one", "1", { requestId: "refused" })).rejects.toMatchObject({
      code: "mismatch",
    });
    await groups.withdraw("g", "one", { requestId: "refused" });
    expect((await others.view("g")).members).toHaveLength(1);
  });

  test("the members of a session that ends are down and stay in view, and may join anew [88]", async () => {
    const [a, b, [first]] = await memberships();
    for (let life = 1; life <= 3; life++) {
      const member = await a.join("one", life);
      expect(await b.members()).toMatchObject([{ payload: life, status: "up" }]);
      await die(first);
      expect(member.lost.aborted).toBe(true);
      expect(await member.leave()).toBe(false);
      await expect(member.update(0)).rejects.toMatchObject({ code: "closed" });
      await untilDown(b, "one");
      expect(await statusOf(b)).toEqual(["one down"]);
    }
    const revived = await b.join("one", "of another process");
    expect(await statusOf(a)).toEqual(["one up"]);
    expect(await revived.leave()).toBe(true);
    expect(await statusOf(a)).toEqual([]);
  });

  test("closing a namespace ends its members at once, however often and soon it is closed [89]", async () => {
    const [a, b] = await pair({ sessionTtlMs: 60_000 });
    const [here, there] = [new Membership(a, "peers"), new Membership(b, "peers")];
    const member = await here.join("one", null);
    await Promise.all([a.close(), a.close()]);
    await a.close();
    expect(await member.leave()).toBe(false);
    await expect(there.awaitMembers(1, { timeoutMs: 200 })).rejects.toMatchObject({
      message: 'membership "peers": 0 of 1 members after 200 ms, and 1 are down',
    });
    await expect(here.join("one", null)).rejects.toMatchObject({ code: "closed" });
  });

  test("a member that crashes inside a living process is down, and its session and the others live on [133]", async () => {
    const [a, b, [first]] = await memberships();
    const members = [await a.join("one", null), await a.join("two", null)] as const;
    const grant = await first.claims.acquire("c", { capacity: 1, requestId: first.requestId() });
    expect(await members[0].down()).toBe(true);
    expect(await members[0].leave()).toBe(false);
    expect(await statusOf(b)).toEqual(["one down", "two up"]);
    expect([members[0].lost.aborted, grant.lost.aborted]).toEqual([false, false]);
    await members[1].update("still here");
    expect((await a.join("one", null)).ticket).toBeGreaterThan(members[1].ticket);
  });

  test("a watcher is told who is there, then every change, in order", async () => {
    const [a, b, [first]] = await memberships();
    await a.join("early", null);
    const heard: string[] = [];
    const events = b.watch(SOON);
    const next = async (): Promise<void> => void heard.push(...(await told(once(events), 1)));
    await next();
    const one = await a.join("one", 1);
    await next();
    await one.update(2);
    await next();
    await one.leave();
    await next();
    await die(first);
    await next();
    const again = await b.join("early", "anew");
    await next();
    await again.down();
    await next();
    expect(heard).toEqual([
      "there early",
      "joined one",
      "updated one",
      "left one",
      "down early",
      "joined early",
      "down early",
    ]);
    await events.return?.();
  });

  test("a watcher that is slow is told the outcome for every member, and misses none", async () => {
    const [a, b] = await memberships();
    const events = b.watch(SOON);
    expect(await told(once(events), 1)).toEqual(["there "]);
    const members = await Promise.all(Array.from({ length: 50 }, (_, i) => a.join(`m${i}`, i)));
    for (const member of members.slice(0, 10)) await member.leave();
    await members[10]?.down();
    await a.join("last", null);
    const state = await keptUntil(events, "last");
    const there = (await b.members()).map(({ id, status }): [string, string] => [id, status]);
    expect(new Map(there)).toEqual(state);
    expect(state.size).toBe(41);
    expect(state.get("m10")).toBe("down");
  });

  test("whoever waits for a number or for names goes on when they are up, and not before", async () => {
    const [a, b] = await memberships();
    let arrived = 0;
    const waits = [b.awaitMembers(3, SOON), a.awaitMembers(["two", "three"], SOON)].map((wait) =>
      wait.then((members) => {
        arrived++;
        return members.length;
      }),
    );
    await a.awaitMembers(0);
    await a.awaitMembers([]);
    await a.join("one", null);
    await (await b.join("two", null)).leave();
    expect(arrived).toBe(0);
    await b.join("two", null);
    await b.join("three", null);
    expect(await Promise.all(waits)).toEqual([3, 3]);
  });

  test("a wait that runs out of time names the missing, the dead among them", async () => {
    const [a, b] = await memberships();
    await a.join("one", null);
    await (await a.join("two", null)).down();
    const names = b.awaitMembers(["one", "two", "three"], { timeoutMs: 60 });
    await expect(names).rejects.toBeInstanceOf(MissingMembersError);
    await expect(names).rejects.toMatchObject({
      code: "timeout",
      missing: ["two", "three"],
      message: 'membership "peers": 1 of 3 members after 60 ms; missing: "two", "three"',
    });
    await expect(b.awaitMembers(3, { timeoutMs: 60 })).rejects.toMatchObject({
      code: "timeout",
      message: 'membership "peers": 1 of 3 members after 60 ms, and 1 are down',
    });
  });

  test("waits end with their caller, with the run's abort, and with the namespace", async () => {
    const [a, b, [, second]] = await memberships();
    const reason = new Error("enough");
    await expect(a.awaitMembers(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(a.join("x", 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const closing = expect(b.awaitMembers(1)).rejects.toMatchObject({ code: "closed" });
    await second.close();
    await closing;
    const [c, d, [third]] = await memberships();
    const member = await c.join("one", null);
    const aborting = expect(d.awaitMembers(2)).rejects.toMatchObject({ code: "aborted" });
    await new SyncClient(third).abort("over");
    await aborting;
    expect(await member.leave()).toBe(true);
  });

  test("names and payloads of a member are checked, and may hold anything that separates others", async () => {
    const [a, b, [first]] = await memberships();
    const odd = ["a|b", "*", "{x}", "ü\u0000", "a\nb", "__proto__"];
    for (const id of odd) await a.join(id, id);
    expect((await b.members()).map(({ payload }) => payload)).toEqual(odd);
    await die(first);
    await expect(b.awaitMembers(1, { timeoutMs: 100 })).rejects.toThrow("and 6 are down");
    for (const id of ["", "x".repeat(600)]) {
      await expect(a.join(id, null)).rejects.toMatchObject({ code: "range" });
    }
    await expect(a.join("x", "y".repeat(70_000))).rejects.toMatchObject({ code: "too-large" });
    await expect(a.join("x", undefined)).rejects.toMatchObject({ code: "invalid-payload" });
    await expect(a.awaitMembers(-1)).rejects.toMatchObject({ code: "range" });
    const typed = new Membership<number>(first, "typed", { schema: z.number() });
    const member = await typed.join("n", 1);
    const wrong: unknown = "one";
    await expect(member.update(wrong as number)).rejects.toMatchObject({ code: "invalid-payload" });
  });

  test("more members than one answer holds are all seen, in the order in which they joined", async () => {
    const [a, b] = await memberships<string>();
    const ids = Array.from({ length: 40 }, (_, i) => `m${i}`);
    const bulk = "b".repeat(60_000);
    for (const id of ids) await a.join(id, bulk);
    expect((await b.members()).map(({ id }) => id)).toEqual(ids);
    expect(await b.awaitMembers(ids, SOON)).toHaveLength(40);
  });

  test("a dropped run has no members, and its waits end", async () => {
    const [a, b, [first]] = await memberships();
    const member = await a.join("one", null);
    const ended = expect(b.awaitMembers(2)).rejects.toMatchObject({ code: "state-lost" });
    await first.drop();
    await ended;
    await expect(a.members()).rejects.toMatchObject({ code: "state-lost" });
    await expect.poll(() => member.lost.aborted).toBe(true);
  });
}

async function untilDown(membership: Membership, id: string): Promise<void> {
  for await (const change of membership.watch(SOON)) {
    const members = change.type === "snapshot" ? change.members : [change.member];
    if (members.some((member) => member.id === id && member.status === "down")) return;
  }
}

/** What a watcher knows of everybody once it has been told of `last`. */
async function keptUntil(
  changes: AsyncIterable<MembershipChange<unknown>>,
  last: string,
): Promise<ReadonlyMap<string, string>> {
  const state = new Map<string, string>();
  for await (const change of changes) {
    if (change.type === "snapshot") continue;
    const { id, status } = change.member;
    if (change.type === "left") state.delete(id);
    else state.set(id, status);
    if (state.has(last)) break;
  }
  return state;
}

/** One change of a watch, which goes on. */
function once<T>(changes: AsyncIterator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => ({ next: () => changes.next() }) };
}

export function failFastSuite({ pair }: Ground): void {
  const members = ["one", "two", "three"];
  const target = { members, policy: "failFast", membership: "peers" } as const;

  const stage = async (): Promise<{
    readonly clients: readonly [SyncClient, SyncClient];
    readonly namespaces: readonly [Namespace, Namespace];
    join(which: 0 | 1, id: string): Promise<Member<unknown>>;
  }> => {
    const namespaces = await pair();
    return {
      namespaces,
      clients: [new SyncClient(namespaces[0]), new SyncClient(namespaces[1])],
      join: (which, id) => new Membership(namespaces[which], "peers").join(id, null),
    };
  };

  test("a barrier that fails fast breaks when a member dies that has not signalled, and names the dead and the missing", async () => {
    const { clients, namespaces, join } = await stage();
    await join(0, "one");
    await join(1, "two");
    await clients[0].signalEntry("up", { member: "one" });
    const waits = clients.map((client) => client.barrier("up", target));
    const broken = Promise.all(
      waits.map((wait) =>
        expect(wait).rejects.toMatchObject({
          name: "BrokenBarrierError",
          code: "broken",
          dead: ["two"],
          missing: ["two", "three"],
          message:
            'state "up": 1 of 3 members signalled; dead before they could: "two"; missing: "two", "three"',
        }),
      ),
    );
    await die(namespaces[1]);
    await broken;
    await expect(clients[0].barrier("up", target)).rejects.toBeInstanceOf(BrokenBarrierError);
    const meeting = clients[0].signalAndWait("up", target, { member: "one" });
    await expect(meeting).rejects.toBeInstanceOf(BrokenBarrierError);
  });

  test("the death of who has signalled, of a stranger, and a goodbye break nothing", async () => {
    const { clients, join } = await stage();
    const [one, stranger, two] = [
      await join(0, "one"),
      await join(1, "stranger"),
      await join(1, "two"),
    ];
    let isOpen = false;
    const wait = clients[1].barrier("up", target).then(() => {
      isOpen = true;
    });
    await clients[0].signalEntry("up", { member: "one" });
    await one.down();
    await stranger.down();
    await two.leave();
    await clients[1].signalEntry("up", { member: "two" });
    expect(isOpen).toBe(false);
    await clients[1].signalEntry("up", { member: "three" });
    await wait;
    await clients[0].barrier("up", target);
  });

  test("a member that is back before anybody looked holds no barrier up", async () => {
    const { clients, join } = await stage();
    await (await join(0, "two")).down();
    await join(1, "two");
    const wait = clients[0].barrier("up", target, SOON);
    for (const member of members) await clients[1].signalEntry("up", { member });
    await wait;
  });

  test("a barrier that fails fast still runs out of time, and one that does not waits for another with the name", async () => {
    const { clients, join } = await stage();
    await (await join(1, "two")).down();
    await clients[0].signalEntry("up", { member: "one" });
    const others = { ...target, members: ["one", "three"] };
    await expect(clients[0].barrier("up", others, { timeoutMs: 60 })).rejects.toMatchObject({
      code: "timeout",
      missing: ["three"],
    });
    const strict = clients[0].barrier("up", { members, policy: "strict" }, SOON);
    for (const member of ["two", "three"]) await clients[1].signalEntry("up", { member });
    await strict;
  });
}

export function shrinkSuite({ pair }: Ground): void {
  const members = ["one", "two", "three"];
  const target = { members, policy: "shrink", membership: "peers" } as const;

  test("a barrier that shrinks opens without who died, for those who waited and for who comes later", async () => {
    const [a, b] = await pair();
    const [here, there] = [new SyncClient(a), new SyncClient(b)];
    await new Membership(b, "peers").join("three", null);
    const waits = [
      here.signalAndWait("up", target, { member: "one" }),
      there.barrier("up", target),
      here.barrier("up", target),
    ];
    await here.signalEntry("up", { member: "two" });
    await expect(here.barrier("up", target, { timeoutMs: 60 })).rejects.toMatchObject({
      code: "timeout",
      missing: ["three"],
    });
    await die(b);
    await Promise.all(waits);
    await here.barrier("up", target, SOON);
    await there.signalAndWait("up", target, { member: "two", ...SOON });
  });

  test("a barrier that shrinks waits for who lives, has left or has not joined", async () => {
    const [a, b] = await pair();
    const [here, there] = [new SyncClient(a), new SyncClient(b)];
    const peers = new Membership(a, "peers");
    await (await peers.join("one", null)).down();
    await (await peers.join("two", null)).leave();
    const wait = there.barrier("up", target, SOON);
    const late = here.barrier("up", target, { timeoutMs: 80 });
    await expect(late).rejects.toMatchObject({ missing: ["two", "three"] });
    await here.signalEntry("up", { member: "two" });
    await expect(here.barrier("up", target, { timeoutMs: 80 })).rejects.toMatchObject({
      missing: ["three"],
    });
    await here.signalEntry("up", { member: "three" });
    await wait;
  });

  test("a member that died and has joined anew is waited for again", async () => {
    const [a, b] = await pair();
    const [here, there] = [new SyncClient(a), new SyncClient(b)];
    await (await new Membership(a, "peers").join("one", null)).down();
    let isOpen = false;
    const wait = there.barrier("up", target, SOON).then(() => {
      isOpen = true;
    });
    await here.signalEntry("up", { member: "two" });
    const late = here.barrier("up", target, { timeoutMs: 60 });
    await expect(late).rejects.toMatchObject({ code: "timeout" });
    await new Membership(b, "peers").join("one", null);
    await here.signalEntry("up", { member: "three" });
    const again = here.barrier("up", target, { timeoutMs: 100 });
    await expect(again).rejects.toMatchObject({ missing: ["one"] });
    expect(isOpen).toBe(false);
    await here.signalEntry("up", { member: "one" });
    await wait;
  });

  test("when all have died who were to come, nobody is waited for", async () => {
    const [a] = await pair();
    const peers = new Membership(a, "peers");
    for (const member of members) await (await peers.join(member, null)).down();
    await new SyncClient(a).barrier("up", target, SOON);
  });
}
