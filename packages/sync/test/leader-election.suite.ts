import { setTimeout as pause } from "node:timers/promises";
import {
  type ElectionOptions,
  LeaderElection,
  type Leadership,
  type Namespace,
} from "@groundplan/sync";
import { expect, test } from "vitest";
import { take } from "./conformance.ts";
import type { Ground } from "./set-ups.ts";

async function untilTakingPart(election: LeaderElection<string>, count: number): Promise<void> {
  while ((await election.participants()).length !== count) await pause(1);
}

/** One leader at a time. */
export function leaderElectionSuite({ pair }: Ground): void {
  const candidate = (
    namespace: Namespace,
    name: string,
    options: ElectionOptions<string> = {},
  ): LeaderElection<string> => new LeaderElection(namespace, "e", { ...options, candidate: name });

  test("of ten candidates one leads, and they lead in the order in which they came [76]", async () => {
    const namespaces = await pair();
    const candidates = Array.from({ length: 10 }, (_, i) =>
      candidate(namespaces[i % 2 ? 0 : 1], `c${i}`),
    );
    const order: string[] = [];
    const campaigns: Promise<void>[] = [];
    const over: (() => void)[] = [];
    for (const [i, election] of candidates.entries()) {
      const lead = async (): Promise<void> => {
        expect(candidates.filter(({ isLeader }) => isLeader)).toEqual([election]);
        order.push(election.candidate);
        if (i === 0) await new Promise<void>((resolve) => over.push(resolve));
      };
      campaigns.push(election.run(lead, { payload: `p${i}` }));
      await untilTakingPart(election, i + 1);
    }
    expect(await candidates[9]?.participants()).toEqual(candidates.map((c) => c.candidate));
    while (over.length === 0) await pause(1);
    over[0]?.();
    await Promise.all(campaigns);
    expect(order).toEqual(candidates.map((c) => c.candidate));
  });

  test("being elected and deposed alternate, and each elected candidate is deposed once [77]", async () => {
    const [a] = await pair();
    const calls: string[] = [];
    const note = (what: string) => (leadership: Leadership<string>) =>
      calls.push(`${what} ${leadership.term}`);
    const election = candidate(a, "one", {
      onElected: note("elected"),
      onDeposed: note("deposed"),
    });
    for (let i = 0; i < 3; i++) {
      const leadership = await election.campaign("p");
      expect(election.isLeader).toBe(true);
      await leadership.release();
      expect(election.isLeader).toBe(false);
      expect(await election.resign()).toBe(false);
    }
    expect(calls).toEqual([1, 2, 3].flatMap((term) => [`elected ${term}`, `deposed ${term}`]));
  });

  test("a leader that loses its lease is told, and does not come back by itself [79]", async () => {
    const [a, b] = await pair();
    const calls: string[] = [];
    const election = candidate(a, "one", {
      onElected: () => calls.push("elected"),
      onDeposed: () => calls.push("deposed"),
    });
    const leadership = await election.campaign("first");
    const next = candidate(b, "two").campaign("second");
    await untilTakingPart(election, 2);
    await a.close();
    expect(leadership.lost.aborted).toBe(true);
    expect(election.isLeader).toBe(false);
    const second = await next;
    expect(second.term).toBeGreaterThan(leadership.term);
    expect(calls).toEqual(["elected", "deposed"]);
    await expect(election.campaign("again")).rejects.toMatchObject({ code: "closed" });
    await second.release();
  });

  test("a candidate that leaves the middle elects nobody [81]", async () => {
    const [a, b] = await pair();
    const [one, two, three] = [candidate(a, "1"), candidate(b, "2"), candidate(a, "3")];
    const first = await one.campaign("");
    const second = two.campaign("");
    await untilTakingPart(one, 2);
    const third = three.campaign("");
    await untilTakingPart(one, 3);
    expect(await two.resign()).toBe(true);
    await expect(second).rejects.toMatchObject({ code: "closed" });
    await untilTakingPart(one, 2);
    expect([one, two, three].map(({ isLeader }) => isLeader)).toEqual([true, false, false]);
    await first.release();
    await (await third).release();
  });

  test("however a candidate campaigns and resigns at once, one candidacy is left at most [83]", async () => {
    const [a] = await pair();
    const election = candidate(a, "one");
    for (let i = 0; i < 20; i++) {
      const twice = [election.campaign("x"), election.campaign("y")];
      const resigned = election.resign();
      const results = await Promise.allSettled(twice);
      await resigned;
      expect(results[1]).toMatchObject({ status: "rejected", reason: { code: "reentrant" } });
      await election.resign();
      await untilTakingPart(election, 0);
    }
    const leadership = await election.campaign("z");
    expect(await election.participants()).toEqual(["one"]);
    await expect(election.campaign("z")).rejects.toThrow(
      'election "e": candidate "one" leads already; resign first, or use another LeaderElection',
    );
    await leadership.release();
  });

  test("with requeue the lead goes round through all before it comes again [85]", async () => {
    const namespaces = await pair();
    const stop = new AbortController();
    const order: string[] = [];
    const runs: Promise<void>[] = [];
    const first = candidate(namespaces[0], "keeper");
    const keeper = await first.campaign("");
    for (let i = 0; i < 4; i++) {
      const election = candidate(namespaces[i % 2 ? 0 : 1], `c${i}`);
      const lead = async (): Promise<void> => {
        // The one before is behind the others again.
        await untilTakingPart(election, 4);
        order.push(election.candidate);
        if (order.length === 12) stop.abort(new Error("enough"));
      };
      runs.push(election.run(lead, { payload: "", requeue: true, signal: stop.signal }));
      await untilTakingPart(first, i + 2);
    }
    await keeper.release();
    for (const result of await Promise.allSettled(runs)) {
      expect(result).toMatchObject({ status: "rejected", reason: { message: "enough" } });
    }
    const round = ["c0", "c1", "c2", "c3"];
    expect(order.slice(0, 12)).toEqual([...round, ...round, ...round]);
  });

  test("observers learn who leads, with its payload and term, and when nobody does", async () => {
    const [a, b] = await pair();
    const [one, two] = [candidate(a, "one"), candidate(b, "two")];
    const leaders = two.observe()[Symbol.asyncIterator]();
    const first = await one.campaign("of one");
    expect((await leaders.next()).value).toEqual({ leader: "one", term: 1, payload: "of one" });
    await first.release();
    expect((await leaders.next()).value).toBeUndefined();
    const second = await two.campaign("of two");
    expect((await leaders.next()).value).toEqual({ leader: "two", term: 2, payload: "of two" });
    expect(await take(one.observe(), 1)).toEqual([{ leader: "two", term: 2, payload: "of two" }]);
    await second.release();
    await leaders.return?.();
  });

  test("observers see terms only grow, while leaders change fast", async () => {
    const namespaces = await pair();
    const terms: number[] = [];
    const watching = (async () => {
      for await (const leader of candidate(namespaces[0], "watcher").observe()) {
        if (leader !== undefined) terms.push(leader.term);
        if (leader?.payload === "last") break;
      }
    })();
    const rounds = Array.from({ length: 4 }, async (_, i) => {
      const election = candidate(namespaces[i % 2 ? 0 : 1], `c${i}`);
      for (let n = 0; n < 10; n++) await election.run(() => {}, { payload: `${n}` });
    });
    await Promise.all(rounds);
    const last = await candidate(namespaces[1], "last").campaign("last");
    await watching;
    expect(last.term).toBe(41);
    expect(terms).toEqual([...new Set(terms)].sort((x, y) => x - y));
  });

  test("a leader that was slow to say so does not hide the one that followed it", async () => {
    const [a, b] = await pair();
    const later = { leader: "later", term: 9, payload: "of a later term" };
    const requestId = b.requestId();
    await b.registers.write("election:e", JSON.stringify(later), { requestId });
    await using slow = await candidate(a, "slow").campaign("of the past");
    expect(slow.term).toBe(1);
    expect(await take(candidate(b, "watcher").observe(), 1)).toEqual([later]);
  });

  test("a campaign that runs out of time or is given up leaves no candidate", async () => {
    const [a, b] = await pair();
    const [one, two] = [candidate(a, "one"), candidate(b, "two")];
    const leadership = await one.campaign("");
    await expect(two.campaign("", { timeoutMs: 40 })).rejects.toMatchObject({ code: "timeout" });
    const stop = new AbortController();
    const given = two.campaign("", { signal: stop.signal });
    await untilTakingPart(one, 2);
    stop.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await untilTakingPart(one, 1);
    await leadership.release();
    await (await two.campaign("", { timeoutMs: 5_000 })).release();
  });

  test("names of candidates may hold any letter, up to what a request can carry", async () => {
    const [a] = await pair();
    const election = candidate(a, "a:b|c %é");
    await using _leadership = await election.campaign("");
    expect(await election.participants()).toEqual(["a:b|c %é"]);
    expect(() => candidate(a, "x".repeat(91))).toThrow("takes 91 bytes when escaped");
  });

  test("observers are told of a leader that crashed as soon as its session has ended, and of the next one", async () => {
    const [a, b] = await pair();
    const leaders = candidate(a, "onlooker").observe({ timeoutMs: 20_000 })[Symbol.asyncIterator]();
    await candidate(b, "one").campaign("first");
    expect((await leaders.next()).value).toMatchObject({ leader: "one", payload: "first" });
    await (await b.session()).end();
    expect((await leaders.next()).value).toBeUndefined();
    const late = candidate(a, "late").observe({ timeoutMs: 20_000 })[Symbol.asyncIterator]();
    expect((await late.next()).value).toBeUndefined();
    const second = await candidate(b, "two").campaign("second");
    for (const observer of [leaders, late]) {
      expect((await observer.next()).value).toMatchObject({ leader: "two", payload: "second" });
    }
    await second.release();
    expect((await leaders.next()).value).toBeUndefined();
  });
}
