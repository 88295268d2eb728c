import { openRunEnv, parseRunParams, type RunEnv } from "@groundplan/runtime";
import { describe, expect, it } from "vitest";
import { testEnvironment } from "./environment.ts";

function open(packed: string, environment: Record<string, string> = {}): RunEnv {
  const params = parseRunParams(testEnvironment({ TEST_INSTANCE_PARAMS: packed }));
  return openRunEnv(params, { environment, write() {} });
}

describe("the getters of the Go SDK", () => {
  it("read every kind of parameter", () => {
    const env = open(
      'text=a=b|int=-7|plus=+5|float=2.5|inf=+Inf|hex=0x1p-2|yes=TRUE|no=false|size=10KiB|strings=["a","b"]|sizes=["1k","1Ki"]|json={"a":null}',
    );
    expect(env.isParamSet("text")).toBe(true);
    expect(env.isParamSet("toString")).toBe(false);
    expect(env.stringParam("text")).toBe("a=b");
    expect([env.intParam("int"), env.intParam("plus")]).toEqual([-7, 5]);
    expect([env.floatParam("float"), env.floatParam("hex")]).toEqual([2.5, 0.25]);
    expect(env.floatParam("inf")).toBe(Number.POSITIVE_INFINITY);
    expect([env.booleanParam("yes"), env.booleanParam("no")]).toEqual([true, false]);
    expect(env.booleanParam("absent")).toBe(false);
    expect(env.sizeParam("size")).toBe(10_240);
    expect(env.stringArrayParam("strings")).toEqual(["a", "b"]);
    expect(env.sizeArrayParam("sizes")).toEqual([1_000, 1_024]);
    expect(env.jsonParam("json")).toEqual({ a: null });
  });

  it("know what JSON calls nothing from what is not JSON", () => {
    const env = open("none= null|no=false");
    expect([env.jsonParam("none"), env.jsonParam("no")]).toEqual([null, false]);
  });

  it.each<[string, (env: RunEnv) => unknown]>([
    ["parameter 'x' is missing", (env) => env.stringParam("x")],
    ["parameter 'x' is missing", (env) => env.intParam("x")],
    ["parameter 'x' is missing", (env) => env.floatParam("x")],
    ["parameter 'x' is missing", (env) => env.sizeParam("x")],
    ["parameter 'x' is missing", (env) => env.sizeArrayParam("x")],
    ["parameter 'x' is missing", (env) => env.jsonParam("x")],
    [`parameter 'p' is "1.5q"; expected a whole number`, (env) => env.intParam("p")],
    [`parameter 'p' is "1.5q"; expected a number`, (env) => env.floatParam("p")],
    [`parameter 'p' is "1.5q"; expected true or false`, (env) => env.booleanParam("p")],
    [`parameter 'p' is "1.5q"; expected a size such as 10KiB`, (env) => env.sizeParam("p")],
    [`parameter 'p' is "1.5q"; expected JSON`, (env) => env.jsonParam("p")],
    [
      `parameter 'p' is "1.5q"; expected an array of texts in JSON`,
      (env) => env.stringArrayParam("p"),
    ],
    [`an element of parameter 's' is "x"; expected a size`, (env) => env.sizeArrayParam("s")],
    [
      `parameter 'huge' is "9007199254740993"; expected a whole number`,
      (env) => env.intParam("huge"),
    ],
  ])("throw '%s'", (message, read) => {
    const env = open('p=1.5q|s=["x"]|huge=9007199254740993');
    expect(() => read(env)).toThrow(expect.objectContaining({ code: "bad-params", message }));
  });

  it("know the ports that the runner exposes by their labels", () => {
    const env = open("", { API_PORT: "8080", LINK_PORT: "tcp://10.0.0.1:80" });
    expect(env.portNumber(" api ")).toBe(8080);
    expect(env.portNumber("other", 99)).toBe(99);
    expect(() => env.portNumber("other")).toThrowErrorMatchingInlineSnapshot(
      `[RuntimeError: no port is exposed under 'other': the runner gave this instance no OTHER_PORT]`,
    );
    expect(() => env.portNumber("link", 99)).toThrowErrorMatchingInlineSnapshot(
      `[RuntimeError: LINK_PORT is "tcp://10.0.0.1:80"; expected a port]`,
    );
  });
});
