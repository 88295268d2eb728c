import { formatParams, unpackParams } from "@groundplan/runtime";
import { describe, expect, it } from "vitest";

describe("unpackParams", () => {
  it.each([
    ["", {}],
    ["a=1", { a: "1" }],
    ["a=1|b=2", { a: "1", b: "2" }],
    ["a=", { a: "" }],
    ["a=1|a=2", { a: "2" }],
    ["stray|a=1", { a: "1" }],
  ])("reads %s as Testground does", (packed, expected) => {
    expect(unpackParams(packed)).toEqual(expected);
  });

  it("keeps values that hold an equals sign, which Testground's SDKs drop", () => {
    expect(unpackParams("url=http://x/?a=b|n=1")).toEqual({ url: "http://x/?a=b", n: "1" });
  });

  it("keeps values that hold a bar, which Testground's SDKs cut short", () => {
    expect(unpackParams('list=["a|b|c"]|n=1|')).toEqual({ list: '["a|b|c"]', n: "1|" });
  });

  it("leaves out parameters that are declared without a default", () => {
    expect(unpackParams("a=null|b=nullable")).toEqual({ b: "nullable" });
  });

  it("has no parameters but those of the text", () => {
    const params = unpackParams("__proto__=x");
    expect(Object.keys(params)).toEqual(["__proto__"]);
    expect(Reflect.get(params, "toString")).toBe(Object.prototype.toString);
  });
});

describe("formatParams", () => {
  it("packs in the order given", () => {
    expect(formatParams({ b: "1", a: "x=y", list: "p|q" })).toBe("b=1|a=x=y|list=p|q");
  });

  it("refuses everything that would be read back differently, all at once", () => {
    expect(() =>
      formatParams({ "": "1", "a=b": "1", "a|b": "1", c: "x|y=z", d: "null", e: "\0" }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [RuntimeError: these parameters cannot be passed to an instance:
        a parameter has an empty name
        the name "a=b" contains '=', '|' or NUL
        the name "a|b" contains '=', '|' or NUL
        the value "x|y=z" of 'c' has '=' after '|' and would be read as another parameter
        the value "null" of 'd' would be read as no value
        the value "\\u0000" of 'e' contains NUL]
    `);
  });

  it("is undone by unpacking, whatever it accepts", () => {
    const random = generator(1);
    const text = (most: number): string =>
      Array.from(
        { length: random(most) },
        () => ["|", "=", "a", "null", "é", "\n"][random(6)],
      ).join("");
    let accepted = 0;
    for (let round = 0; round < 20_000; round++) {
      const params = Object.fromEntries(
        Array.from({ length: random(4) }, () => [text(3), text(5)] as const),
      );
      const packed = attempt(() => formatParams(params));
      if (packed === undefined) continue;
      accepted++;
      expect(unpackParams(packed)).toEqual(params);
    }
    expect(accepted).toBeGreaterThan(1_000);
  });

  it("refuses nothing that would be read back the same", () => {
    const random = generator(2);
    for (let round = 0; round < 20_000; round++) {
      const value = Array.from(
        { length: random(5) },
        () => ["|", "=", "a", "null"][random(4)],
      ).join("");
      const survives = unpackParams(`k=${value}`)["k"] === value;
      expect(attempt(() => formatParams({ k: value })) !== undefined).toBe(survives);
    }
  });
});

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** A linear congruential generator: the same draws in each test run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
