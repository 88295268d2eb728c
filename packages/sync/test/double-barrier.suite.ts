import { DoubleBarrier, Membership, type Namespace } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

export function doubleBarrierSuite({ pair }: Ground): void {
  const barriers = async (members: number): Promise<readonly [DoubleBarrier, DoubleBarrier]> => {
    const [a, b] = await pair();
    return [new DoubleBarrier(a, "trial", members), new DoubleBarrier(b, "trial", members)];
  };
  const patient = { timeoutMs: 20_000 };

  test("all members are inside between entering and leaving, and nobody leaves early [63]", async () => {
    const [a, b] = await barriers(4);
    let came = 0;
    let going = 0;
    let left = 0;
    await Promise.all(
      [a, b, a, b].map(async (barrier) => {
        came++;
        const entered = await barrier.enter(patient);
        expect(came).toBe(4);
        expect(left).toBe(0);
        going++;
        expect(await entered.leave(patient)).toBe(true);
        expect(going).toBe(4);
        left++;
      }),
    );
    expect(left).toBe(4);
  });

  test("rounds follow each other, and one member too many is in the next [64]", async () => {
    const [a, b] = await barriers(3);
    const rounds = await Promise.all(
      Array.from({ length: 12 }, async (_, i) =>
        (i % 2 ? a : b).run(({ round }) => round, patient),
      ),
    );
    expect(rounds.sort()).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  });

  test("the same members go through five rounds in step [65]", async () => {
    const [a, b] = await barriers(10);
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        for (let n = 1; n <= 5; n++) {
          const inside = await (i % 2 ? a : b).enter(patient);
          expect(inside.round).toBe(n);
          await inside.leave(patient);
        }
      }),
    );
  });

  test("entering that runs out of time is undone, and can be tried again [66]", async () => {
    const [a, b] = await barriers(2);
    await expect(a.enter({ timeoutMs: 100 })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/^double barrier "trial": not all had come after 100 ms/),
    });
    let hasEntered = false;
    const one = b.enter(patient).then((inside) => {
      hasEntered = true;
      return inside;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(hasEntered).toBe(false);
    const both = await Promise.all([one, a.enter(patient)]);
    expect(both.map(({ round }) => round)).toEqual([1, 1]);
    expect(await Promise.all(both.map((inside) => inside.leave(patient)))).toEqual([true, true]);
  });

  test("a caller that is stopped while it enters takes nobody along", async () => {
    const [a, b] = await barriers(2);
    for (const delayMs of [0, 3, 10, 40]) {
      const stop = new AbortController();
      const hasty = a.enter({ signal: stop.signal });
      const refused = expect(hasty).rejects.toThrow("enough");
      setTimeout(() => stop.abort(new Error("enough")), delayMs);
      await refused;
    }
    const both = await Promise.all([a.enter(patient), b.enter(patient)]);
    await Promise.all(both.map((inside) => inside.leave(patient)));
  });

  test("leaving that runs out of time says so once, and the others may still leave [67]", async () => {
    const [a, b] = await barriers(2);
    const [one, two] = await Promise.all([a.enter(patient), b.enter(patient)]);
    expect(await one.leave({ timeoutMs: 100 })).toBe(false);
    expect(await one.leave()).toBe(false);
    expect(await two.leave(patient)).toBe(true);
    const next = await Promise.all([a.enter(patient), b.enter(patient)]);
    expect(next.map(({ round }) => round)).toEqual([2, 2]);
    await Promise.all(next.map((inside) => inside.leave(patient)));
  });

  test("a member that dies inside counts as left [68]", async () => {
    const [a, b] = await pair();
    const [here, there] = [new DoubleBarrier(a, "trial", 3), new DoubleBarrier(b, "trial", 3)];
    const entered = await Promise.all([here.enter(patient), here.enter(patient), there.enter()]);
    const leaving = entered.slice(0, 2).map((inside) => inside.leave(patient));
    const dead = await b.session();
    await dead.end();
    expect(await Promise.all(leaving)).toEqual([true, true]);
    expect(entered[2]?.lost.aborted).toBe(true);
  });

  test("a member that dies while entering is not there, and another takes its place [68]", async () => {
    const [a, b] = await pair();
    const [here, there] = [new DoubleBarrier(a, "trial", 2), new DoubleBarrier(b, "trial", 2)];
    const dying = there.enter(patient);
    const refused = expect(dying).rejects.toThrow(/^the session /);
    const isIn = async (): Promise<number> =>
      (await a.claims.inspect("double-insides:trial")).holders.length;
    await expect.poll(isIn).toBe(1);
    await (await b.session()).end();
    await refused;
    await expect(here.enter({ timeoutMs: 100 })).rejects.toMatchObject({ code: "timeout" });
    const both = await Promise.all([here.enter(patient), there.enter(patient)]);
    expect(both.map(({ round }) => round)).toEqual([1, 1]);
    await Promise.all(both.map((inside) => inside.leave(patient)));
  });

  test("a process that names another number of members is refused [58]", async () => {
    const [a, b] = await pair();
    const one = new DoubleBarrier(a, "trial", 1);
    await one.run(() => {}, patient);
    const other = new DoubleBarrier(b, "trial", 2).enter(patient);
    await expect(other).rejects.toMatchObject({ code: "mismatch" });
    await expect(new DoubleBarrier(b, "none", 0).enter()).rejects.toMatchObject({ code: "range" });
  });

  test("work that fails leaves all the same", async () => {
    const [a, b] = await barriers(2);
    const failing = a.run(() => Promise.reject(new Error("broken")), patient);
    const working = b.run(() => "done", patient);
    expect(await Promise.allSettled([failing, working])).toMatchObject([
      { reason: { message: "broken" } },
      { value: "done" },
    ]);
  });
}

/** What double barriers do about members that die before the others have come. */
export function doubleBarrierPolicySuite({ pair }: Ground): void {
  const patient = { timeoutMs: 20_000 };
  const on = (
    namespace: Namespace,
    members: number,
    policy: "failFast" | "shrink",
  ): DoubleBarrier =>
    new DoubleBarrier(namespace, "trial", members, { policy, membership: "peers" });
  const inside = async ({ claims }: Namespace): Promise<number> =>
    (await claims.inspect("double-insides:trial")).holders.length;

  test("who enters and fails fast is told of a death at once, and so is who comes later [68]", async () => {
    const [a, b] = await pair();
    const [here, there] = [on(a, 3, "failFast"), on(b, 3, "failFast")];
    for (const id of ["one", "two"]) await new Membership(a, "peers").join(id, null);
    await new Membership(b, "peers").join("three", null);
    const broken = Promise.all(
      ["one", "two"].map((member) =>
        expect(here.enter({ member, ...patient })).rejects.toMatchObject({
          code: "broken",
          dead: ["three"],
          message: expect.stringMatching(/^double barrier "trial": [0-2] of 3 members/),
        }),
      ),
    );
    await expect.poll(() => inside(a)).toBe(2);
    await (await b.session()).end();
    await broken;
    await expect(here.enter({ member: "one", ...patient })).rejects.toMatchObject({
      code: "broken",
    });
    expect(await inside(a)).toBe(0);
    await new Membership(b, "peers").join("three", null);
    const rounds = await Promise.all([
      here.run(({ round }) => round, { member: "one", ...patient }),
      here.run(({ round }) => round, { member: "two", ...patient }),
      there.run(({ round }) => round, { member: "three", ...patient }),
    ]);
    expect(rounds).toEqual([1, 1, 1]);
  });

  test("a round that shrinks begins without who died before it came, and the next ones too [68]", async () => {
    const [a, b] = await pair();
    const here = on(a, 3, "shrink");
    await new Membership(b, "peers").join("three", null);
    const go = (): Promise<readonly number[]> =>
      Promise.all(
        ["one", "two"].map((member) =>
          here.run(({ round }) => round, { member, timeoutMs: 20_000 }),
        ),
      );
    const first = go();
    await expect.poll(() => inside(a)).toBe(2);
    await (await b.session()).end();
    expect(await first).toEqual([1, 1]);
    expect(await go()).toEqual([2, 2]);
  });

  test("a round that shrinks begins without who died while it entered", async () => {
    const [a, b] = await pair();
    const [here, there] = [on(a, 3, "shrink"), on(b, 3, "shrink")];
    await new Membership(b, "peers").join("three", null);
    const dying = there.enter({ member: "three", ...patient });
    const refused = expect(dying).rejects.toThrow(/^the session /);
    let hasBegun = false;
    const work = ({ round }: { readonly round: number }): number => {
      hasBegun = true;
      return round;
    };
    const first = here.run(work, { member: "one", ...patient });
    await expect.poll(() => inside(a)).toBe(2);
    await (await b.session()).end();
    await refused;
    await expect.poll(() => inside(a)).toBe(1);
    expect(hasBegun).toBe(false);
    const second = here.run(work, { member: "two", ...patient });
    expect(await Promise.all([first, second])).toEqual([1, 1]);
  });

  test("a barrier with a policy has to know who enters", async () => {
    const [a] = await pair();
    const nameless = on(a, 2, "shrink").enter();
    await expect(nameless).rejects.toMatchObject({ code: "range" });
    const endless = on(a, 2, "shrink").enter({ member: "x".repeat(100) });
    await expect(endless).rejects.toMatchObject({ code: "range" });
  });
}
