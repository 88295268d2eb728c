import { SharedValue } from "@groundplan/sync";
import { expect, test } from "vitest";
import { z } from "zod";
import { take } from "./conformance.ts";
import type { Ground } from "./set-ups.ts";

export function sharedValueSuite({ pair }: Ground): void {
  const values = async <T>(): Promise<readonly [SharedValue<T>, SharedValue<T>]> => {
    const [a, b] = await pair();
    return [new SharedValue<T>(a, "config"), new SharedValue<T>(b, "config")];
  };

  test("a value is what was set last, with its version, and nothing before", async () => {
    const [a, b] = await values<{ n: number }>();
    expect(await b.get()).toBeUndefined();
    expect(await a.set({ n: 1 })).toBe(1);
    expect(await b.set({ n: 2 })).toBe(2);
    expect(await a.get()).toEqual({ value: { n: 2 }, version: 2 });
  });

  test("a set over a stale version fails and tells what is in force [90]", async () => {
    const [a, b] = await values<string>();
    const version = await a.set("first", { ifVersion: 0 });
    await b.set("second", { ifVersion: version });
    await expect(a.set("third", { ifVersion: version })).rejects.toMatchObject({
      code: "conflict",
      version: 2,
      json: '"second"',
      message: expect.stringContaining('value "config"'),
    });
  });

  test("updates from several processes all count [90]", async () => {
    const [a, b] = await values<readonly number[]>();
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        (i % 2 ? a : b).update((numbers = []) => [...numbers, i]),
      ),
    );
    const held = await a.get();
    expect([...(held?.value ?? [])].sort((x, y) => x - y)).toEqual([...Array(30).keys()]);
    expect(held?.version).toBe(30);
  });

  test("watchers see the end of every sequence of sets, in order [90]", async () => {
    const [a, b] = await values<number>();
    const watch = async (value: SharedValue<number>): Promise<number[]> => {
      const seen: number[] = [];
      for await (const { value: n } of value.watch({ timeoutMs: 10_000 })) {
        seen.push(n);
        if (n === 40) break;
      }
      return seen;
    };
    const watchers = [a, b, b].map(watch);
    for (let n = 1; n <= 40; n++) await (n % 2 ? a : b).set(n);
    for (const seen of await Promise.all(watchers)) {
      expect(seen).toEqual([...new Set(seen)].sort((x, y) => x - y));
      expect(seen.at(-1)).toBe(40);
    }
  });

  test("a wait for a condition passes with the first value that meets it, at once if it does already", async () => {
    const [a, b] = await values<number>();
    const wait = b.waitUntil((n) => n >= 3);
    for (const n of [1, 2, 3]) await a.set(n);
    expect((await wait).value).toBe(3);
    expect(await b.waitUntil((n) => n === 3, { timeoutMs: 1_000 })).toEqual({
      value: 3,
      version: 3,
    });
  });

  test("a wait for a condition has one deadline for all the values that do not meet it", async () => {
    const [a, b] = await values<number>();
    await a.set(0);
    const late = b.waitUntil((n) => n < 0, { timeoutMs: 100 });
    const refused = expect(late).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/^value "config": version \d+ is the last within 100 ms/),
    });
    const began = performance.now();
    while (performance.now() - began < 150) await a.update((n = 0) => n + 1);
    await refused;
  });

  test("a schema is checked when a value is set and when it is read", async () => {
    const [a, b] = await pair();
    const typed = new SharedValue(a, "port", z.number());
    const untyped = new SharedValue<unknown>(b, "port");
    const wrong: unknown = "80";
    await expect(typed.set(wrong as number)).rejects.toMatchObject({ code: "invalid-payload" });
    await untyped.set("80");
    await expect(typed.get()).rejects.toThrow(/value "port", version 1/);
    await expect(take(typed.watch(), 1)).rejects.toMatchObject({ code: "invalid-payload" });
    await expect(untyped.set(undefined)).rejects.toMatchObject({ code: "invalid-payload" });
  });

  test("values keep JSON's meaning in every store [136]", async () => {
    const [a, b] = await values<unknown>();
    const date = new Date(0);
    await a.set({ kept: [1, null, "é日本"], dropped: undefined, date, nan: Number.NaN });
    expect((await b.get())?.value).toEqual({
      kept: [1, null, "é日本"],
      date: date.toISOString(),
      nan: null,
    });
    await a.set(JSON.parse('{"__proto__":1,"big":"9007199254740993"}'));
    expect(JSON.stringify((await b.get())?.value)).toBe('{"__proto__":1,"big":"9007199254740993"}');
  });
}
