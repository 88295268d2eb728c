import { choreography, one, rest } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { StageBoard } from "../src/run/stage-board.ts";

const definition = choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
  c.run("dial", "peer", {}, () => {});
  c.rounds("ping", 2, (r) => r.barrier("done"));
}).define();

const visit = (board: StageBoard, stage: string, role: string, t = 0) =>
  (["enter", "leave"] as const)
    .map((event) => board.note({ t, id: 1, role, group: "g", stage, event }))
    .at(-1);

describe("the board of stages", () => {
  test("has a row for each stage, rounds once, with what is expected of each role", () => {
    const { rows } = new StageBoard(definition, "case", { seed: 1, peer: 3 });
    expect(
      rows.map(({ id, times, expected }) => [id, times, Object.fromEntries(expected)]),
    ).toEqual([
      ["@roster", 1, { seed: 1, peer: 3 }],
      ["dial", 1, { peer: 3 }],
      ["ping/done", 2, { seed: 2, peer: 6 }],
      ["@end", 1, { seed: 1, peer: 3 }],
    ]);
  });

  test("says once that a stage is complete: when the last of every role has left it", () => {
    const board = new StageBoard(definition, "case", { seed: 1, peer: 2 });
    expect(visit(board, "ping/done#1", "seed", 5)).toBeUndefined();
    expect(visit(board, "ping/done#2", "seed")).toBeUndefined();
    for (const round of ["1", "2"])
      expect(visit(board, `ping/done#${round}`, "peer")).toBeUndefined();
    expect(visit(board, "ping/done#1", "peer")).toBeUndefined();
    expect(visit(board, "ping/done#2", "peer", 9)).toMatchObject({
      id: "ping/done",
      firstEnterMs: 0,
      lastLeaveMs: 9,
    });
  });

  test("a raw test case is a single row of groups", () => {
    const board = new StageBoard(undefined, "raw", { single: 1 });
    expect(visit(board, "raw", "single")).toMatchObject({ id: "raw" });
  });
});
