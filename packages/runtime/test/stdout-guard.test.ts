import { guardStdout } from "@groundplan/runtime";
import { expect, it } from "vitest";

it("stdout is guarded until the last of those who guard it is done", () => {
  const before = process.stdout.write;
  const [first, second] = [guardStdout(), guardStdout()];
  first.close();
  first.close();
  expect(process.stdout.write).not.toBe(before);
  second.close();
  expect(process.stdout.write).toBe(before);
});
