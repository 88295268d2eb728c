import { durationMs, ipNet, json, port, rate, size, typedParams } from "@groundplan/runtime";
import { describe, expect, it } from "vitest";
import { z } from "zod";

type Schema = z.ZodType<unknown, never> | z.ZodType;

function read(schema: Schema, text: string): unknown {
  return typedParams(z.object({ p: schema as z.ZodType }), { p: text })["p"];
}

describe("size", () => {
  it.each([
    ["10KiB", 10_240],
    ["2 MB", 2_000_000],
    ["4096", 4096],
    ["1,024", 1024],
    ["0", 0],
    ["1.5g", 1_500_000_000],
    [".5 ki", 512],
    ["5.b", 5],
    ["1.0001b", 1],
    ["3EiB", 3 * 2 ** 60],
    ["42\tMIB ", 42 * 2 ** 20],
  ])("reads %s as go-humanize does", (text, bytes) => {
    expect(read(size(), text)).toBe(bytes);
  });

  it.each(["", "KiB", "-1", "+1", "1e3", "1.2.3", "10 KiBs", "1 kibi", "16EiB", " 1", "0x10"])(
    "refuses '%s' as go-humanize does",
    (text) => {
      expect(() => read(size(), text)).toThrow(/expected a size such as 10KiB or 2 MB$/);
    },
  );

  it("takes a default as text or as bytes", () => {
    const schema = z.object({ a: size().prefault("10KiB"), b: size().default(7) });
    expect(typedParams(schema, {})).toEqual({ a: 10_240, b: 7 });
  });

  it("reads the elements of an array in JSON, texts and numbers", () => {
    expect(read(z.array(size()), '["1KiB", 5]')).toEqual([1024, 5]);
    expect(() => read(z.array(size()), '["1KiB", -5]')).toThrow(/at 1: expected a size/);
  });
});

describe("durationMs", () => {
  it.each([
    ["200ms", 200],
    ["1h30m", 5_400_000],
    ["1.5s", 1_500],
    ["-2us", -0.002],
    ["+3\u00b5s", 0.003],
    ["4\u03bcs", 0.004],
    ["7ns", 0.000_007],
    [".5m", 30_000],
    ["1.s", 1_000],
    ["0", 0],
    ["-0", 0],
    ["9223372036854775807ns", 9_223_372_036_854.775],
  ])("reads %s as Go does", (text, ms) => {
    expect(read(durationMs(), text)).toBe(ms);
  });

  it.each([
    "",
    "5",
    "1",
    "s",
    ".s",
    "1d",
    "1 s",
    "1h 30m",
    "--1s",
    "1.5.5s",
    "9223372036854775808ns",
  ])("refuses '%s' as Go does", (text) => {
    expect(() => read(durationMs(), text)).toThrow(
      /expected a duration such as 200ms, 5s or 1h30m$/,
    );
  });

  it("reads a number in JSON as nanoseconds, as Go does", () => {
    expect(read(z.array(durationMs()), '[1500000, "2s"]')).toEqual([1.5, 2_000]);
  });
});

describe("rate", () => {
  it.each([
    ["100/s", 100],
    ["0.5/m", 0.5 / 60],
    ["500/5m", 500 / 300],
    ["1e3/ 10ms ", 100_000],
    ["-2/s", -2],
    ["1_000/s", 1_000],
    ["0x1p4/s", 16],
    ["inf/s", Number.POSITIVE_INFINITY],
    ["3/.5s", 2],
  ])("reads %s a second as Go does", (text, perSecond) => {
    expect(read(rate(), text)).toBe(perSecond);
  });

  it.each(["", "100", "100/", "/s", "1/2/s", "ten/s", "1/5", "nan/s", "1/0s", "1/-5s", "1 /s"])(
    "refuses '%s'",
    (text) => {
      expect(() => read(rate(), text)).toThrow(/expected a rate such as 100\/s or 500\/5m$/);
    },
  );
});

describe("ipNet", () => {
  it("keeps the host bits, as Go does, and tells the network", () => {
    expect(read(ipNet(), "10.1.2.3/16")).toEqual({
      address: "10.1.2.3",
      prefixLength: 16,
      network: "10.1.0.0/16",
      family: 4,
    });
  });

  it("is nothing where the text is empty, as in Go", () => {
    expect(read(ipNet(), "")).toBeUndefined();
  });

  it("reads IPv6, whose address Go loses", () => {
    expect(read(ipNet(), "fd00::5/64")).toMatchObject({ address: "fd00::5", family: 6 });
  });

  it.each(["10.1.2.3", "10.1.2.3/33", "01.2.3.4/8", "x/8"])("refuses %s", (text) => {
    expect(() => read(ipNet(), text)).toThrow(/expected an address with its prefix length/);
  });
});

describe("port", () => {
  const schema = z.object({ api: port("api"), other: port(" Other ").default(80) });

  it("is the one the runner exposes under the label, or the default", () => {
    expect(typedParams(schema, {}, { API_PORT: "8080" })).toEqual({ api: 8080, other: 80 });
    expect(typedParams(schema, {}, { API_PORT: "1", OTHER_PORT: "2" })).toEqual({
      api: 1,
      other: 2,
    });
  });

  it("is that of the parameter, where there is one", () => {
    expect(typedParams(schema, { api: "9" }, { API_PORT: "8080" })).toMatchObject({ api: 9 });
  });

  it.each(["0", "65536", "tcp://10.0.0.1:80", "+1", ""])("is not '%s'", (text) => {
    expect(() => typedParams(schema, {}, { API_PORT: text })).toThrow(
      /'api' is .*; expected a port from 1 to 65535, here or in API_PORT$/,
    );
  });

  it("is missed by name", () => {
    expect(() => typedParams(schema, {})).toThrow(/'api' is missing; expected .* API_PORT$/);
  });
});

describe("json", () => {
  it("reads what the schema takes, whatever its shape", () => {
    expect(read(json(z.json()), '{"a":[1,null]}')).toEqual({ a: [1, null] });
    expect(read(json(z.string()), '"text"')).toBe("text");
    expect(read(json(z.object({ every: durationMs() })), '{"every":"2s"}')).toEqual({
      every: 2_000,
    });
    expect(() => read(json(z.json()), "{")).toThrow(
      /expected JSON of the shape that the plan wants$/,
    );
    expect(() => read(json(z.string()), "5")).toThrow(
      /is "5"; expected JSON of the shape that the plan wants$/,
    );
  });
});

describe("all of them", () => {
  it("keep how their text is read under wrappers, descriptions and refinements", () => {
    const schema = z.object({
      described: size().describe("how much"),
      optional: durationMs().optional(),
      nullable: rate().nullable(),
      refined: size().refine((bytes) => bytes > 1, "more than a byte"),
    });
    expect(
      typedParams(schema, { described: "1k", optional: "1s", nullable: "null", refined: "2" }),
    ).toEqual({ described: 1_000, optional: 1_000, nullable: null, refined: 2 });
    expect(() =>
      typedParams(schema, { nullable: "x", refined: "1" }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [RuntimeError: the parameters do not fit the plan:
        parameter 'nullable' is "x"; expected a rate such as 100/s or 500/5m or null
        parameter 'described' is missing; expected a size such as 10KiB or 2 MB
        parameter 'refined' is "1": more than a byte]
    `);
  });
});
