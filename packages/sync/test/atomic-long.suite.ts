import { AtomicLong } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

export function atomicLongSuite({ pair }: Ground): void {
  const numbers = async (): Promise<readonly [AtomicLong, AtomicLong]> => {
    const [a, b] = await pair();
    return [new AtomicLong(a, "bytes"), new AtomicLong(b, "bytes")];
  };

  test("additions under contention are exact, and each sum is seen once [92]", async () => {
    const [a, b] = await numbers();
    const sums = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).increment()),
    );
    expect(new Set(sums).size).toBe(100);
    expect(await a.get()).toBe(100);
    expect(await b.add(-150)).toBe(-50);
    expect(await a.decrement()).toBe(-51);
  });

  test("compare and set on a number that was never changed fails, although it reads as 0 [92]", async () => {
    const [a, b] = await numbers();
    expect(await a.get()).toBe(0);
    expect(await a.compareAndSet(0, 5)).toBe(false);
    await b.set(0);
    expect(await a.compareAndSet(0, 5)).toBe(true);
    expect(await b.compareAndSet(0, 6)).toBe(false);
    expect(await b.get()).toBe(5);
  });

  test("of concurrent compare-and-sets one succeeds", async () => {
    const [a, b] = await numbers();
    await a.set(1);
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, i) => (i % 2 ? a : b).compareAndSet(1, i + 2)),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  test("sums beyond 2^53 - 1 and fractions are refused and change nothing", async () => {
    const [a] = await numbers();
    await a.set(Number.MAX_SAFE_INTEGER);
    await expect(a.increment()).rejects.toMatchObject({
      code: "range",
      message: expect.stringContaining('number "bytes"'),
    });
    await expect(a.add(0.5)).rejects.toMatchObject({ code: "range" });
    await expect(a.set(Number.NaN)).rejects.toMatchObject({ code: "range" });
    expect(await a.get()).toBe(Number.MAX_SAFE_INTEGER);
  });
}
