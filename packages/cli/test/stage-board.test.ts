import { choreography, one, rest } from "@groundplan/dsl";
import { describe, expect, test } from "vitest";
import { hasBegun, isComplete, StageBoard } from "../src/run/stage-board.ts";

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

  test("expects an instance that is lost nowhere any more, but for where it has been", () => {
    const tolerant = new Set(["peer"]);
    const board = new StageBoard(definition, "case", { seed: 1, peer: 3 }, { tolerant });
    const go = (id: number, stage: string): unknown =>
      (["enter", "leave"] as const)
        .map((event) => board.note({ t: 0, id, role: "peer", group: "g", stage, event }))
        .at(-1);
    expect(go(2, "dial")).toBeUndefined();
    expect(go(3, "dial")).toBeUndefined();
    expect(board.lose(4, "peer").map(({ id }) => id)).toEqual(["dial"]);
    expect(go(2, "ping/done#1")).toBeUndefined();
    expect(board.lose(2, "peer")).toEqual([]);
    const done = board.rows.find(({ id }) => id === "ping/done");
    expect(Object.fromEntries(done?.expected ?? [])).toEqual({ seed: 2, peer: 3 });
  });

  test("learns how many to expect from those that tell, where artifacts do not", () => {
    const board = new StageBoard(definition, "case", { seed: 1, peer: 4 }, { telling: 2 });
    const meet = (id: number): unknown =>
      (["enter", "leave"] as const)
        .map((event) => board.note({ t: 0, id, role: "peer", group: "g", stage: "@roster", event }))
        .at(-1);
    expect(meet(4)).toBeUndefined();
    expect(meet(5)).toMatchObject({ id: "@roster" });
    const dial = board.rows.find(({ id }) => id === "dial");
    expect(Object.fromEntries(dial?.expected ?? [])).toEqual({ peer: 2 });
  });

  test("a raw test case is a single row of groups", () => {
    const board = new StageBoard(undefined, "raw", { single: 1 });
    expect(visit(board, "raw", "single")).toMatchObject({ id: "raw" });
  });

  test("a repeat is told when all have left it, its stages never; rounds not taken are not waited for", () => {
    const repeating = choreography({ roles: { seed: one() } }, (c) => {
      c.repeat("mine", { max: 100 }, (r) => {
        const done = r.run("dig", "seed", {}, () => true);
        return { until: r.broadcast("done", "seed", done) };
      });
    }).define();
    const board = new StageBoard(repeating, "case", { seed: 1 });
    const [, mine, dig] = board.rows;
    expect(dig && [hasBegun(dig), isComplete(dig), dig.times]).toEqual([false, true, 0]);
    board.note({ t: 1, id: 1, role: "seed", group: "g", stage: "mine", event: "enter" });
    for (const round of [1, 2]) {
      const entered = {
        t: 2,
        id: 1,
        role: "seed",
        group: "g",
        stage: `mine/dig#${round}`,
      } as const;
      board.note({ ...entered, event: "enter" });
      expect(dig && [isComplete(dig), dig.times]).toEqual([false, round]);
      expect(board.note({ ...entered, event: "leave" })).toBeUndefined();
      expect(dig && isComplete(dig)).toBe(true);
    }
    expect(mine && isComplete(mine)).toBe(false);
    const left = { t: 9, id: 1, role: "seed", group: "g", stage: "mine", event: "leave" } as const;
    expect(board.note(left)).toMatchObject({ id: "mine", firstEnterMs: 1, lastLeaveMs: 9 });
  });

  test("a branch is told once in each round around it; of its arms only the one taken is shown", () => {
    const branching = choreography({ roles: { seed: one(), peer: rest() } }, (c) => {
      const yes = c.broadcast(
        "yes",
        "seed",
        c.run("ask", "seed", {}, () => true),
      );
      c.rounds("r", 2, (r) =>
        r.branch("if", yes, { then: (d) => d.barrier("met"), else: (d) => d.barrier("not") }),
      );
    }).define();
    const board = new StageBoard(branching, "case", { seed: 1, peer: 1 });
    expect(board.rows.map(({ id, times }) => [id, times])).toEqual([
      ["@roster", 1],
      ["ask", 1],
      ["yes", 1],
      ["r/if", 2],
      ["r/if/then/met", 0],
      ["r/if/else/not", 0],
      ["@end", 1],
    ]);
    expect(visit(board, "r/if/then/met#1", "seed")).toBeUndefined();
    const [, , , branch, met, not] = board.rows;
    expect(met && [hasBegun(met), isComplete(met)]).toEqual([true, false]);
    expect(visit(board, "r/if/then/met#1", "peer")).toBeUndefined();
    expect(met && [isComplete(met), met.times]).toEqual([true, 1]);
    expect(not && hasBegun(not)).toBe(false);
    const told = [1, 2].flatMap((n) =>
      ["seed", "peer"].map((role) => visit(board, `r/if#${n}`, role)),
    );
    expect(told).toEqual([undefined, undefined, undefined, branch]);
  });
});
