import { type Arrival, CyclicBarrier } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

export function cyclicBarrierSuite({ pair }: Ground): void {
  const barriers = async (parties: number): Promise<readonly [CyclicBarrier, CyclicBarrier]> => {
    const [a, b] = await pair();
    return [new CyclicBarrier(a, "turn", parties), new CyclicBarrier(b, "turn", parties)];
  };

  test("parties are released together, round after round, each with its place", async () => {
    const [a, b] = await barriers(4);
    for (let round = 1; round <= 3; round++) {
      const arrivals = await Promise.all([a, b, a, b].map((barrier) => barrier.arrive()));
      expect(arrivals.map((arrival) => arrival.round)).toEqual([round, round, round, round]);
      expect(arrivals.map(({ place }) => place).sort()).toEqual([1, 2, 3, 4]);
    }
  });

  test("nobody is released before the last of its round has come [65]", async () => {
    const [a, b] = await barriers(3);
    const released: Arrival[] = [];
    const arrive = (barrier: CyclicBarrier) => barrier.arrive().then((at) => released.push(at));
    const first = [arrive(a), arrive(b)];
    await expect(new Promise((resolve) => setTimeout(resolve, 30))).resolves.toBeUndefined();
    expect(released).toEqual([]);
    await Promise.all([...first, arrive(a)]);
    expect(released.map(({ round }) => round)).toEqual([1, 1, 1]);
  });

  test("one party too many waits for the next round [64]", async () => {
    const [a, b] = await barriers(2);
    const five = [a, b, a, b, a].map((barrier) => barrier.arrive({ timeoutMs: 10_000 }));
    const last = b.arrive();
    const rounds = (await Promise.all([...five, last])).map(({ round }) => round);
    expect(rounds.sort()).toEqual([1, 1, 2, 2, 3, 3]);
  });

  test("an arrival that gives up waiting still counts", async () => {
    const [a, b] = await barriers(2);
    await expect(a.arrive({ timeoutMs: 50 })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/^cycle "turn": /),
    });
    expect(await b.arrive()).toEqual({ round: 1, place: 2 });
  });

  test("a process that names another number of parties is refused [58]", async () => {
    const [a, b] = await pair();
    const one = new CyclicBarrier(a, "turn", 2).arrive();
    const other = new CyclicBarrier(b, "turn", 2).arrive();
    await Promise.all([one, other]);
    const three = new CyclicBarrier(b, "turn", 3).arrive();
    await expect(three).rejects.toMatchObject({ code: "mismatch" });
    await expect(new CyclicBarrier(b, "none", 0).arrive()).rejects.toMatchObject({ code: "range" });
  });

  test("200 parties in two processes meet ten times", async () => {
    const [a, b] = await barriers(200);
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        for (let round = 1; round <= 10; round++) {
          expect((await (i % 2 ? a : b).arrive()).round).toBe(round);
        }
      }),
    );
  });
}
