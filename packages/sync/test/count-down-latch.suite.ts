import { CountDownLatch } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

export function countDownLatchSuite({ pair }: Ground): void {
  const latches = async (): Promise<readonly [CountDownLatch, CountDownLatch]> => {
    const [a, b] = await pair();
    return [new CountDownLatch(a, "parts"), new CountDownLatch(b, "parts")];
  };

  test("a wait before the number is named blocks until it is named and counted down [69]", async () => {
    const [a, b] = await latches();
    let passed = 0;
    const waits = [a, b].map((latch) => latch.wait().then(() => passed++));
    expect(await a.countDown()).toBeUndefined();
    await expect(b.wait({ timeoutMs: 30 })).rejects.toMatchObject({
      code: "timeout",
      message: 'latch "parts": nobody said within 30 ms how many it takes',
    });
    await b.init(2);
    expect(passed).toBe(0);
    expect(await a.countDown()).toBe(0);
    await Promise.all(waits);
  });

  test("a wait that runs out of time says how far it got; the next one passes [70]", async () => {
    const [a, b] = await latches();
    await a.init(3);
    await a.countDown();
    await expect(b.wait({ timeoutMs: 50 })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/^latch "parts": .*1 of 3 after 50 ms/),
    });
    await a.countDown();
    await b.countDown();
    await b.wait({ timeoutMs: 5_000 });
  });

  test("all of many waiters of several processes pass at zero [70]", async () => {
    const [a, b] = await latches();
    await a.init(5);
    const waits = Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).wait());
    await Promise.all([a, b, a, b, a].map((latch) => latch.countDownAndWait()));
    await Promise.all(waits);
    expect(await b.remaining()).toBe(0);
  });

  test("counting down beyond zero keeps zero, and what is left is told until then [71]", async () => {
    const [a, b] = await latches();
    expect(await a.remaining()).toBeUndefined();
    await a.init(2);
    expect(await b.remaining()).toBe(2);
    expect(await b.countDown()).toBe(1);
    expect(await a.countDown()).toBe(0);
    expect(await b.countDown()).toBe(0);
    await a.wait();
  });

  test("naming another number is a mismatch, the same one changes nothing [71]", async () => {
    const [a, b] = await latches();
    await a.init(2);
    await b.init(2);
    await expect(b.init(3)).rejects.toMatchObject({
      code: "mismatch",
      message: expect.stringContaining('latch "parts" was declared with 2 before, and now with 3'),
    });
    await expect(b.init(-1)).rejects.toMatchObject({ code: "range" });
  });

  test("a latch of 0 is open", async () => {
    const [a, b] = await latches();
    const wait = b.wait();
    await a.init(0);
    await wait;
    expect(await a.remaining()).toBe(0);
  });
}
