import type { GroupMember, GroupView } from "@groundplan/sync";
import { expect, test } from "vitest";
import { changesBetween } from "../src/membership/group-changes.ts";

const member = (id: string, ticket: number, change: Partial<GroupMember> = {}): GroupMember => ({
  id,
  json: "1",
  status: "up",
  ticket,
  version: ticket,
  ...change,
});

const view = (version: number, ...members: readonly GroupMember[]): GroupView => ({
  version,
  deaths: 0,
  members,
});

const told = (before: GroupView, after: GroupView): readonly string[] =>
  changesBetween(before, after).map((change) =>
    change.type === "snapshot" ? change.type : `${change.type} ${change.member.id}`,
  );

test("who left and joined again between two looks is told of as both, and who was down only as joined", () => {
  const before = view(3, member("a", 1), member("b", 2, { status: "down", version: 3 }));
  const after = view(6, member("b", 5), member("a", 6));
  expect(told(before, after)).toEqual(["left a", "joined b", "joined a"]);
});

test("who joined and went down, or said something before it did, is told of with both", () => {
  const before = view(1, member("a", 1));
  const after = view(
    5,
    member("a", 1, { json: "2", status: "down", version: 5 }),
    member("b", 2, { status: "down", version: 4 }),
  );
  expect(told(before, after)).toEqual(["joined b", "down b", "updated a", "down a"]);
});

test("changes without a trace, such as who joined and left, are not told of", () => {
  expect(told(view(1, member("a", 1)), view(3, member("a", 1)))).toEqual([]);
});
