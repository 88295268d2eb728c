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
    await a.open();
    await a.close();
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

  test("a gate tells who closed or opened it last, and when", async () => {
    const [a, b] = await gates();
    expect(await a.inspect()).toEqual({
      isOpen: true,
      owner: undefined,
      by: undefined,
      since: undefined,
    });
    const before = Date.now();
    await a.close({ by: "the runner" });
    await b.close({ by: "somebody else" });
    const closed = await b.inspect();
    expect(closed).toMatchObject({ isOpen: false, by: "the runner", owner: undefined });
    expect(closed.since?.getTime()).toBeGreaterThanOrEqual(before);
    expect(closed.since?.getTime()).toBeLessThanOrEqual(Date.now());
    await expect(b.wait({ timeoutMs: 30 })).rejects.toThrow(
      /^gate "lunch" was not opened within 30 ms; the runner closed it at \d{4}-/,
    );
    await b.open();
    expect(await a.inspect()).toMatchObject({
      isOpen: true,
      by: expect.stringMatching(/^process \d/),
    });
  });

  test("a gate that a session owns opens when that session ends, for who waits and for who comes later", async () => {
    const [a, b] = await pair();
    const [here, there] = [new Gate(a, "lunch"), new Gate(b, "lunch")];
    await there.close({ owner: "session", by: "the cook" });
    expect(await here.inspect()).toMatchObject({ isOpen: false, owner: "session", by: "the cook" });
    const waits = Promise.all([here.wait(), here.wait({ timeoutMs: 20_000 })]);
    await expect(here.wait({ timeoutMs: 40 })).rejects.toMatchObject({ code: "timeout" });
    await (await b.session()).end();
    await waits;
    expect(await here.inspect()).toMatchObject({
      isOpen: true,
      owner: undefined,
      by: "the death of the cook",
    });
    await here.close({ owner: "session" });
    expect(await there.isOpen()).toBe(false);
    await here.open();
  });

  test("a gate that nobody waited at when its owner died can be closed again", async () => {
    const [a, b] = await pair();
    const [here, there] = [new Gate(a, "lunch"), new Gate(b, "lunch")];
    await there.close({ owner: "session" });
    await (await b.session()).end();
    await here.close({ by: "another" });
    expect(await there.inspect()).toMatchObject({ isOpen: false, by: "another" });
    await there.open();
    await here.wait({ timeoutMs: 10_000 });
  });

  test("the death of who closed a gate once opens it no more when another has closed it since", async () => {
    const [a, b] = await pair();
    const [here, there] = [new Gate(a, "lunch"), new Gate(b, "lunch")];
    await there.close({ owner: "session" });
    await here.open();
    await here.close();
    await there.close({ owner: "session" });
    await (await b.session()).end();
    await expect(here.wait({ timeoutMs: 60 })).rejects.toMatchObject({ code: "timeout" });
    await here.open();
  });
}
