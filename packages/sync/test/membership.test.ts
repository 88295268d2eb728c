import { Membership } from "@groundplan/sync";
import { expect, test } from "vitest";
import { meetTheLiving } from "./examples/fail-fast-barrier.ts";
import { addressBook } from "./examples/membership.ts";
import { failFastSuite, membershipSuite, shrinkSuite } from "./membership.suite.ts";
import { memoryRun, onEverySetUp } from "./set-ups.ts";

onEverySetUp("membership", membershipSuite);
onEverySetUp("barriers that fail fast", failFastSuite);
onEverySetUp("barriers that shrink", shrinkSuite);

test("the example gives everybody the addresses of all", async () => {
  const run = await memoryRun();
  const all = ["a", "b", "c"];
  const books = await Promise.all(all.map((me) => addressBook(run, me, `${me}.local`, all)));
  for (const { addresses } of books) {
    expect([...addresses]).toEqual(all.map((me) => [me, `${me}.local`]));
  }
});

test("the example of a barrier that fails fast says who died", async () => {
  const run = await memoryRun();
  const all = ["a", "b"];
  const [a, b] = await Promise.all(all.map((me) => meetTheLiving(run, me, all)));
  expect([a, b]).toEqual(["all here", "all here"]);
  const other = await memoryRun();
  const ill = await new Membership(other, "peers").join("b", null);
  const meeting = meetTheLiving(other, "a", all);
  await ill.down();
  expect(await meeting).toBe("b died");
});
