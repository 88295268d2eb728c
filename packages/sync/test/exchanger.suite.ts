import { Exchanger } from "@groundplan/sync";
import { expect, test } from "vitest";
import { z } from "zod";
import type { Ground } from "./set-ups.ts";

export function exchangerSuite({ pair }: Ground): void {
  const exchangers = async <T>(): Promise<readonly [Exchanger<T>, Exchanger<T>]> => {
    const [a, b] = await pair();
    return [new Exchanger<T>(a, "keys"), new Exchanger<T>(b, "keys")];
  };

  test("two callers get each other's value", async () => {
    const [a, b] = await exchangers<string>();
    expect(await Promise.all([a.exchange("a"), b.exchange("b")])).toEqual(["b", "a"]);
    expect(await Promise.all([b.exchange("c"), a.exchange("d")])).toEqual(["d", "c"]);
  });

  test("of many callers each meets one other, and every value goes to one partner", async () => {
    const [a, b] = await exchangers<number>();
    const got = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).exchange(i, { timeoutMs: 20_000 })),
    );
    for (const [mine, theirs] of got.entries()) {
      expect(theirs).not.toBe(mine);
      expect(got[theirs]).toBe(mine);
    }
  });

  test("who gives up takes its offer back, and the next two meet", async () => {
    const [a, b] = await exchangers<string>();
    await expect(a.exchange("gone", { timeoutMs: 60 })).rejects.toMatchObject({ code: "timeout" });
    const stop = new AbortController();
    const stopped = b.exchange("stopped", { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 60);
    await expect(stopped).rejects.toThrow("enough");
    const two = [a.exchange("x", { timeoutMs: 10_000 }), b.exchange("y", { timeoutMs: 10_000 })];
    expect(await Promise.all(two)).toEqual(["y", "x"]);
  });

  test("a caller that is stopped at any moment leaves nobody behind, and no value half exchanged", async () => {
    const [a, b] = await exchangers<string>();
    for (let i = 0; i < 30; i++) {
      const stop = new AbortController();
      const hasty = a.exchange(`hasty ${i}`, { signal: stop.signal });
      const patient = b.exchange(`patient ${i}`, { timeoutMs: 10_000 });
      for (let turns = 0; turns < i; turns++) await new Promise(setImmediate);
      stop.abort(new Error("enough"));
      const [outcome] = await Promise.allSettled([hasty]);
      const rescue = outcome.status === "rejected" ? a.exchange(`rescue ${i}`) : undefined;
      expect(await patient).toBe(rescue === undefined ? `hasty ${i}` : `rescue ${i}`);
      expect(await (rescue ?? hasty)).toBe(`patient ${i}`);
    }
  });

  test("values are checked against a schema on both sides", async () => {
    const [a, b] = await pair();
    const typed = new Exchanger(a, "keys", z.number());
    const untyped = new Exchanger<unknown>(b, "keys");
    const wrong: unknown = "1";
    await expect(typed.exchange(wrong as number)).rejects.toMatchObject({
      code: "invalid-payload",
    });
    const [mine, theirs] = await Promise.allSettled([typed.exchange(1), untyped.exchange("1")]);
    expect(mine).toMatchObject({ reason: { code: "invalid-payload" } });
    expect(theirs).toEqual({ status: "fulfilled", value: 1 });
  });

  test("who waits for a partner that died before it made its offer pairs up with the next to come", async () => {
    const [a, b] = await pair();
    const [here, there] = [new Exchanger<string>(a, "keys"), new Exchanger<string>(b, "keys")];
    expect(await Promise.all([here.exchange("1"), there.exchange("2")])).toEqual(["2", "1"]);
    const waiting = here.exchange("x", { timeoutMs: 60_000 });
    const arrived = { kind: "own", name: "exchange:keys" } as const;
    await expect.poll(() => a.registers.read("exchange:2:keys")).toBeDefined();
    // As a process does that dies when it has come and not said with what.
    await b.counters.add(arrived, { requestId: b.requestId() });
    await (await b.session()).end();
    expect(await there.exchange("y", { timeoutMs: 60_000 })).toBe("x");
    expect(await waiting).toBe("y");
  });

  test("while processes die that take part, every value still goes to one partner", async () => {
    const [a, b] = await pair();
    const here = new Exchanger<number>(a, "keys");
    const exchanged = Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        for (let turns = 0; turns < 3 * i; turns++) await new Promise(setImmediate);
        return here.exchange(i, { timeoutMs: 60_000 });
      }),
    );
    for (let i = 0; i < 5; i++) {
      await b.groups.join("exchange:keys", `${i}`, "null", { requestId: b.requestId() });
      await (await b.session()).end();
    }
    const got = await exchanged;
    for (const [mine, theirs] of got.entries()) expect(got[theirs]).toBe(mine);
  });
}
