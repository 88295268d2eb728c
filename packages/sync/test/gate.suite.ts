import { Gate } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

export function gateSuite({ pair }: Ground): void {
  const gates = async (name = "lunch"): Promise<readonly [Gate, Gate]> => {
    const [a, b] = await pair();
    return [new Gate(a, name), new Gate(b, name)];
  };

  test("a gate that was never closed is open, for waits with and without a deadline [59]", async () => {
    const [a] = await gates();
    expect(await a.isOpen()).toBe(true);
    await a.wait();
    await a.wait({ timeoutMs: 1_000 });
  });

  test("another process opens the gate, and every waiter passes [60]", async () => {
    const [a, b] = await gates();
    await a.close();
    expect(await b.isOpen()).toBe(false);
    let passed = 0;
    const waits = [a, b, b, a].map((gate) => gate.wait().then(() => passed++));
    await expect(b.wait({ timeoutMs: 30 })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining('gate "lunch"'),
    });
    expect(passed).toBe(0);
    await b.open();
    await Promise.all(waits);
    expect(await a.isOpen()).toBe(true);
  });

  test("a gate that is closed again at once has let everybody pass who waited [62]", async () => {
    const [a, b] = await gates();
    await a.close();
    const waits = Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).wait({ timeoutMs: 10_000 }));
    await expect(a.wait({ timeoutMs: 30 })).rejects.toMatchObject({ code: "timeout" });
    await Promise.all([a.open(), a.close()]);
    await Promise.all(waits);
    expect(await b.isOpen()).toBe(false);
    await expect(b.wait({ timeoutMs: 30 })).rejects.toMatchObject({ code: "timeout" });
  });

  test("closing a closed gate and opening an open one change nothing", async () => {
    const [a, b] = await gates();
    await a.open();
    expect(await a.isOpen()).toBe(true);
    await Promise.all([a.close(), b.close(), a.close()]);
    expect(await b.isOpen()).toBe(false);
    await b.open();
    expect(await a.isOpen()).toBe(true);
  });

  test("gates of different names know nothing of each other", async () => {
    const [n] = await pair();
    await new Gate(n, "a").close();
    await new Gate(n, "b").wait();
  });
}
