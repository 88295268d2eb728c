import { DefinitionError, type Duration, duration, durationMs } from "@groundplan/dsl";
import { describe, expect, it } from "vitest";

describe("a duration", () => {
  it.each<[Duration, number]>([
    [0, 0],
    [1.5, 1.5],
    ["250ms", 250],
    ["30s", 30_000],
    ["1.5m", 90_000],
    ["24h", 86_400_000],
  ])("%s is %d ms", (text, ms) => {
    expect(durationMs(text, "it")).toBe(ms);
  });

  it.each<unknown>([
    "30 sec",
    "30",
    "s",
    "-1s",
    "1e3ms",
    " 1s",
    "",
    -1,
    Number.NaN,
    2 ** 31,
    "600h",
    null,
  ])("is not %j", (text) => {
    expect(() => durationMs(text as Duration, "sleep")).toThrow(DefinitionError);
    expect(() => durationMs(text as Duration, "sleep")).toThrow(
      /^sleep .* is not a duration: write/,
    );
  });

  it("can be a parameter, with a default", () => {
    expect(duration().default("100ms").parse(undefined)).toBe("100ms");
    expect(duration().parse("5m")).toBe("5m");
    expect(duration().safeParse("5 minutes").error?.issues[0]?.message).toBe(
      "a duration such as 250ms, 30s, 5m or 1h",
    );
  });
});
