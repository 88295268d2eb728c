import { IdGenerator } from "@groundplan/sync";
import { expect, test } from "vitest";
import type { Ground } from "./set-ups.ts";

export function idGeneratorSuite({ pair }: Ground): void {
  const generators = async (blockSize?: number): Promise<readonly [IdGenerator, IdGenerator]> => {
    const [a, b] = await pair();
    return [new IdGenerator(a, "ids", { blockSize }), new IdGenerator(b, "ids", { blockSize })];
  };

  test("ids one at a time are dense and unique over processes, from 1", async () => {
    const [a, b] = await generators();
    const ids = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).next()));
    expect(ids.sort((x, y) => x - y)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  test("ids in blocks are unique over processes, and dense within a block [92]", async () => {
    const [a, b] = await generators(7);
    const of = (generator: IdGenerator): Promise<number[]> =>
      Promise.all(Array.from({ length: 50 }, () => generator.next()));
    const [here, there] = await Promise.all([of(a), of(b)]);
    expect(new Set([...here, ...there]).size).toBe(100);
    for (const ids of [here, there]) {
      const blocks = blocksOf(ids, 7);
      for (const [i, block] of blocks.entries()) {
        const sorted = [...block].sort((x, y) => x - y);
        expect(sorted.at(-1)).toBe((sorted[0] ?? 0) + block.length - 1);
        if (i < blocks.length - 1) expect(block).toHaveLength(7);
      }
    }
  });

  test("processes with different block sizes share one sequence", async () => {
    const [a, b] = await pair();
    const generators = [
      new IdGenerator(a, "ids", { blockSize: 10 }),
      new IdGenerator(b, "ids"),
      new IdGenerator(b, "ids", { blockSize: 3 }),
    ];
    const ids = await Promise.all(
      generators.flatMap((generator) => Array.from({ length: 20 }, () => generator.next())),
    );
    expect(new Set(ids).size).toBe(60);
  });

  test("a caller that gives up takes no other's id along", async () => {
    const [a] = await generators(5);
    const stop = new AbortController();
    const given = Promise.allSettled([a.next({ signal: stop.signal }), a.next(), a.next()]);
    stop.abort(new Error("enough"));
    const [stopped, ...others] = await given;
    expect(stopped).toMatchObject({ status: "rejected", reason: { message: "enough" } });
    expect(others).toMatchObject([{ value: 1 }, { value: 2 }]);
  });

  test("a block size that is no whole number from 1 is refused", async () => {
    const [a] = await pair();
    for (const blockSize of [0, -1, 1.5, Number.NaN]) {
      expect(() => new IdGenerator(a, "ids", { blockSize })).toThrow(/take 1 or more at a time/);
    }
  });
}

function blocksOf(ids: readonly number[], size: number): readonly (readonly number[])[] {
  const blocks = new Map<number, number[]>();
  for (const id of ids) {
    const block = Math.ceil(id / size);
    blocks.set(block, [...(blocks.get(block) ?? []), id]);
  }
  return [...blocks.values()];
}
