import { MissingMembersError, SyncClient } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

export function memberSuite({ pair }: Ground): void {
  const clients = async (): Promise<readonly [SyncClient, SyncClient]> => {
    const [a, b] = await pair();
    return [new SyncClient(a), new SyncClient(b)];
  };
  const members = ["seed", "peer 1", "peer 2"];

  test("a barrier of members opens when each has signalled under its name", async () => {
    const [a, b] = await clients();
    let opened = 0;
    const waits = [a, b].map((client) => client.barrier("up", { members }).then(() => opened++));
    await a.signalEntry("up", { member: "seed" });
    await b.signalEntry("up", { member: "peer 1" });
    expect(opened).toBe(0);
    expect(await b.signalAndWait("up", { members }, { member: "peer 2" })).toBe(3);
    await Promise.all(waits);
    await a.barrier("up", { members: [] });
    await a.barrier("up", { members: ["seed", "seed"] });
  });

  test("a barrier of members that runs out of time names the missing", async () => {
    const [a, b] = await clients();
    await a.signalEntry("up", { member: "peer 1" });
    const late = b.barrier("up", { members }, { timeoutMs: 60 });
    await expect(late).rejects.toBeInstanceOf(MissingMembersError);
    await expect(b.barrier("up", { members }, { timeoutMs: 60 })).rejects.toMatchObject({
      code: "timeout",
      missing: ["seed", "peer 2"],
      message: 'state "up": 1 of 3 members after 60 ms; missing: "seed", "peer 2"',
    });
  });

  test("a member that signals again counts once, with the number it had", async () => {
    const [a, b] = await clients();
    expect(await a.signalEntry("up", { member: "seed" })).toBe(1);
    expect(await b.signalEntry("up", { member: "peer 1" })).toBe(2);
    expect(await b.signalEntry("up", { member: "seed" })).toBe(1);
    await expect(a.barrier("up", 3, { timeoutMs: 40 })).rejects.toMatchObject({ code: "timeout" });
  });

  test("signals of others open no barrier of members, and hold none up", async () => {
    const [a, b] = await clients();
    let isOpen = false;
    const wait = a.barrier("up", { members }).then(() => {
      isOpen = true;
    });
    for (let i = 0; i < 10; i++) await b.signalEntry("up");
    for (const member of members.slice(1)) await b.signalEntry("up", { member });
    await b.signalEntry("up", { member: "a stranger" });
    expect(isOpen).toBe(false);
    await b.signalEntry("up", { member: "seed" });
    await wait;
  });

  test("500 members meet, and of those who are late ten are named", async () => {
    const [a, b] = await clients();
    const all = Array.from({ length: 500 }, (_, i) => `m${i}`);
    const signals = all.slice(20).map((member, i) => (i % 2 ? a : b).signalEntry("up", { member }));
    await Promise.all(signals);
    await expect(a.barrier("up", { members: all }, { timeoutMs: 60 })).rejects.toThrow(
      /480 of 500 members after 60 ms; missing: "m0", .*"m9" and 10 more$/,
    );
    const waits = all
      .slice(0, 20)
      .map((member) => b.signalAndWait("up", { members: all }, { member }));
    await Promise.all(waits);
  });

  test("an empty or endless member name is refused", async () => {
    const [a] = await clients();
    for (const member of ["", "x".repeat(600)]) {
      await expect(a.signalEntry("up", { member })).rejects.toMatchObject({ code: "range" });
    }
  });
}
