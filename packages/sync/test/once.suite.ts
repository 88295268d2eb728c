import { setTimeout as pause } from "node:timers/promises";
import { once } from "@groundplan/sync";
import { expect, test } from "vitest";
import { latch } from "./exclusion.suite.ts";
import type { Ground } from "./set-ups.ts";

/** Work that is done by one for all. */
export function onceSuite({ pair }: Ground): void {
  test("of many callers in two processes one runs the work, and all get its result", async () => {
    const namespaces = await pair();
    let runs = 0;
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        once(namespaces[i % 2 ? 0 : 1], "o", async () => {
          runs++;
          await pause(5);
          return { by: i };
        }),
      ),
    );
    expect(runs).toBe(1);
    expect(new Set(results.map(({ by }) => by)).size).toBe(1);
    expect(await once(namespaces[1], "o", () => ({ by: -1 }))).toEqual(results[0]);
  });

  test("names are apart, and nothing is a result too", async () => {
    const [a, b] = await pair();
    expect(await once(a, "one", () => undefined)).toBeUndefined();
    expect(await once<unknown>(b, "one", () => 1)).toBeUndefined();
    expect(await once(b, "two", () => 2)).toBe(2);
  });

  test("the result is JSON for everybody, also for who ran the work", async () => {
    const [a, b] = await pair();
    const work = (): unknown => ({ at: new Date(0), gone: undefined });
    const result = { at: "1970-01-01T00:00:00.000Z" };
    expect(await once(a, "o", work)).toEqual(result);
    expect(await once(b, "o", work)).toEqual(result);
    const big = once(a, "big", () => 1n);
    await expect(big).rejects.toMatchObject({ code: "invalid-payload" });
  });

  test("a failure is recorded: who ran the work gets it, others are told", async () => {
    const [a, b] = await pair();
    const failing = once(a, "o", () => {
      throw new TypeError("no luck");
    });
    await expect(failing).rejects.toThrow(TypeError);
    await expect(once(b, "o", () => 1)).rejects.toMatchObject({
      code: "failed",
      message: 'once "o" failed where it was run: no luck',
    });
  });

  test("with retry the next caller tries after a failure, and its result stands", async () => {
    const [a, b] = await pair();
    let runs = 0;
    const work = async (): Promise<number> => {
      if (++runs < 3) throw new Error("no luck");
      return runs;
    };
    const options = { onFailure: "retry" } as const;
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) => once(i % 2 ? a : b, "o", work, options)),
    );
    expect(runs).toBe(3);
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(2);
    for (const result of results) {
      if (result.status === "fulfilled") expect(result.value).toBe(3);
    }
  });

  test("when who runs the work is gone, the next caller runs it", async () => {
    const [a, b] = await pair();
    const started = latch();
    const never = latch();
    const first = once(a, "o", async ({ lost }) => {
      started.open();
      await Promise.race([
        never.opened,
        new Promise((stop) => lost.addEventListener("abort", stop)),
      ]);
      return "of the dead";
    });
    const gone = expect(first).rejects.toMatchObject({ code: "closed" });
    await started.opened;
    const second = once(b, "o", () => "of the next");
    await a.close();
    expect(await second).toBe("of the next");
    await gone;
  });

  test("a caller that gives up leaves the others, and the work, alone", async () => {
    const [a, b] = await pair();
    const started = latch();
    const goOn = latch();
    const first = once(a, "o", async () => {
      started.open();
      await goOn.opened;
      return 1;
    });
    await started.opened;
    const late = once(b, "o", () => 2, { timeoutMs: 40 });
    await expect(late).rejects.toMatchObject({ code: "timeout" });
    const third = once(b, "o", () => 3);
    goOn.open();
    expect(await Promise.all([first, third])).toEqual([1, 1]);
  });

  test("a result that was recorded meanwhile stands, also for who comes second with its own", async () => {
    const [a, b] = await pair();
    const result = await once<string>(a, "o", async () => {
      const other = JSON.stringify({ type: "done", value: "of another" });
      await b.registers.write("once:o", other, { requestId: b.requestId() });
      return "of this one";
    });
    expect(result).toBe("of another");
    expect(await once(b, "o", () => "late")).toBe("of another");
  });

  test("work that asks for its own result is refused", async () => {
    const [a] = await pair();
    const inner = once(a, "o", () => once(a, "o", () => 1), { onFailure: "retry" });
    await expect(inner).rejects.toMatchObject({ code: "reentrant" });
  });
}
