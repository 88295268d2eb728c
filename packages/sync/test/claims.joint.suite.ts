import type { Grant, Namespace } from "@groundplan/sync";
import { expect, test } from "vitest";
import { acquire, queued, queueOf, release, watched } from "./claims.suite.ts";
import type { Ground } from "./set-ups.ts";

const together = (
  namespace: Namespace,
  names: readonly string[],
  wait: { readonly timeoutMs?: number; readonly requestId?: string } = {},
): Promise<readonly Grant[]> => {
  const claims = names.map((name) => ({ name, capacity: 1 }));
  return namespace.claims.acquireAll(claims, { requestId: namespace.requestId(), ...wait });
};

const releaseAll = async (namespace: Namespace, grants: readonly Grant[]): Promise<void> => {
  for (const grant of grants) expect(await release(namespace, grant)).toBe(true);
};

export function jointClaimSuite({ pair }: Ground): void {
  test("all are granted at once, each with its own token, in the order asked for", async () => {
    const [a] = await pair();
    await release(a, await acquire(a, {}, "y"));
    const grants = await together(a, ["x", "y", "z"]);
    expect(grants.map(({ name, token }) => [name, token.n])).toEqual([
      ["x", 1],
      ["y", 2],
      ["z", 1],
    ]);
    await releaseAll(a, grants);
  });

  test("while one of them is not free none is held, and the free ones wait with it in line", async () => {
    const [a, b] = await pair();
    const x = await acquire(a, {}, "x");
    const both = watched(together(b, ["x", "y"]));
    await queued(a, 1, "y");
    expect((await a.claims.inspect("y")).holders).toEqual([]);
    const behind = watched(acquire(a, {}, "y"));
    await queued(a, 2, "y");
    expect(behind.isSettled).toBe(false);
    await release(a, x);
    await releaseAll(b, await both.promise);
    await behind.promise;
  });

  test("one that gives up leaves every queue, and who waited behind it goes on", async () => {
    const [a, b] = await pair();
    await acquire(a, {}, "x");
    const late = together(b, ["x", "y"], { timeoutMs: 60 });
    await queued(a, 1, "y");
    const behind = acquire(a, {}, "y");
    await expect(late).rejects.toMatchObject({ code: "timeout" });
    await behind;
    expect(await queueOf(a, "x")).toEqual([]);
    expect(await queueOf(a, "y")).toEqual([]);
  });

  test("repeated with its id it is the same request, and stays over once a part is given back", async () => {
    const [a] = await pair();
    const grants = await together(a, ["x", "y"], { requestId: "j" });
    expect(await together(a, ["x", "y"], { requestId: "j" })).toEqual(grants);
    await releaseAll(a, grants.slice(0, 1));
    const again = together(a, ["x", "y"], { requestId: "j" });
    await expect(again).rejects.toMatchObject({ code: "not-owner" });
    await releaseAll(a, grants.slice(1));
  });

  test("five philosophers eat forty meals each with others at single forks: nobody starves or shares a fork", async () => {
    const [a, b] = await pair();
    const forks = [0, 1, 2, 3, 4].map((i) => `fork${i}`);
    const inUse = new Set<string>();
    const use = async (names: readonly string[]): Promise<void> => {
      for (const name of names) {
        expect(inUse.has(name)).toBe(false);
        inUse.add(name);
      }
      await new Promise((resolve) => setImmediate(resolve));
      for (const name of names) inUse.delete(name);
    };
    const dine = async (seat: number): Promise<void> => {
      const n = seat % 2 ? a : b;
      const names = [forks[seat] ?? "", forks[(seat + 1) % 5] ?? ""];
      for (let meal = 0; meal < 40; meal++) {
        const grants = await together(n, names);
        await use(names);
        await releaseAll(n, grants);
      }
    };
    const polish = async (name: string, n: Namespace): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const grant = await acquire(n, {}, name);
        await use([name]);
        await release(n, grant);
      }
    };
    const singles = forks.map((name, i) => polish(name, i % 2 ? b : a));
    await Promise.all([...[0, 1, 2, 3, 4].map(dine), ...singles]);
    for (const name of forks) expect((await a.claims.inspect(name)).free).toBe(1);
  });

  test.each([
    { names: [] },
    { names: ["x", "x"] },
    { names: Array.from({ length: 101 }, (_, i) => `${i}`) },
  ])("$names.length names that are not 1 to 100 different ones are refused", async ({ names }) => {
    const [a] = await pair();
    await expect(together(a, names)).rejects.toMatchObject({ code: "range" });
  });
}
