import { choreography, count, one, percent, plan, rest, testcase } from "@groundplan/dsl";
import { type ManifestParam, manifest, manifestData } from "@groundplan/dsl/tools";
import { expect, test } from "vitest";
import { z } from "zod";

const pings = choreography(
  {
    description: "every peer pings the seed",
    roles: { seed: one(), peer: rest() },
    params: z.object({
      rounds: z.number().int().default(5).describe("pings of each peer").meta({ unit: "n" }),
      transport: z.enum(["tcp", "quic"]).default("tcp").describe("what carries them"),
      secret: z.string(),
    }),
    instances: { max: 100 },
  },
  (c) => c.barrier("done"),
);

test("a manifest has the plan's cases, their instances and their parameters", () => {
  const raw = testcase(async () => {}, { instances: { min: 3 } });
  expect(manifest(plan("pings", { pings, raw }))).toMatchInlineSnapshot(`
    "name = "pings"

    [defaults]
    builder = "docker:generic"
    runner = "local:docker"

    [builders."docker:generic"]

    [builders."docker:node"]
    base_image = "node:22-slim"

    [builders."exec:go"]

    [runners."local:exec"]

    [runners."local:docker"]

    [runners."cluster:k8s"]
    testplan_pod_memory = "256Mi"

    # every peer pings the seed
    [[testcases]]
    name = "pings"
    instances = { min = 2, max = 100, default = 2 }
      [testcases.params]
      rounds = { type = "int", desc = "pings of each peer", unit = "n", default = 5 }
      transport = { type = "enum", desc = "what carries them; one of tcp, quic", default = "tcp" }
      secret = { type = "string" }

    [[testcases]]
    name = "raw"
    instances = { min = 3, max = 1000000, default = 3 }
    "
  `);
});

/** The parameters of a case with this schema, by name. */
function paramsOf(params: z.ZodObject): Readonly<Record<string, ManifestParam>> {
  const only = testcase(async () => {}, { params });
  const [found] = manifestData(plan("p", { only })).cases;
  return Object.fromEntries((found?.params ?? []).map((param) => [param.name, param]));
}

/** The instances of a case with these options. */
function rangeOf(testCase: Parameters<typeof plan>[1][string]): unknown {
  return manifestData(plan("p", { only: testCase })).cases[0]?.instances;
}

test("a parameter's type is Testground's word for what its schema takes", () => {
  const found = paramsOf(
    z.object({
      whole: z.number().int(),
      real: z.number(),
      flag: z.boolean(),
      text: z.string(),
      choice: z.enum(["a", "b"]),
      names: z.array(z.string()),
      sizes: z.array(z.number().int()),
      table: z.object({ a: z.number() }),
      either: z.union([z.number(), z.literal("auto")]),
      maybe: z.number().nullable(),
      own: z.string().meta({ type: "duration" }),
    }),
  );
  const types = Object.values(found).map(({ name, type }) => `${name}: ${type}`);
  expect(types).toEqual([
    "whole: int",
    "real: float",
    "flag: bool",
    "text: string",
    "choice: enum",
    "names: []string",
    "sizes: []int",
    "table: json",
    "either: float or string",
    "maybe: float",
    "own: duration",
  ]);
});

test("a default is written as TOML has it, and as JSON text where TOML has no such value", () => {
  const found = paramsOf(
    z.object({
      whole: z.number().default(5),
      real: z.number().default(0.5),
      large: z.number().default(1e30),
      flag: z.boolean().default(true),
      text: z.string().default("a b"),
      names: z.array(z.string()).default(["a", "b"]),
      none: z.array(z.string()).default([]),
      mixed: z.array(z.union([z.number(), z.boolean()])).default([1, true]),
      table: z.object({ a: z.number().nullable() }).default({ a: null }),
      digits: z.bigint().default(12n),
      before: z.number().prefault(7),
    }),
  );
  expect(Object.values(found).map((param) => param.default)).toEqual([
    5,
    0.5,
    1e30,
    true,
    "a b",
    ["a", "b"],
    "[]",
    "[1,true]",
    '{"a":null}',
    "12",
    7,
  ]);
});

test("a default that would not survive as text is left to the instance", () => {
  const found = paramsOf(
    z.object({
      length: z
        .string()
        .transform((text) => text.length)
        .default(3),
      random: z.number().default(Math.random),
      packed: z.string().default("a|b=c"),
      none: z.string().default("null"),
      nothing: z.number().nullable().default(null),
      optional: z.number().optional(),
      required: z.number(),
    }),
  );
  expect(Object.values(found).filter((param) => "default" in param)).toEqual([]);
});

test("the fewest instances are those of the roles, whatever the parameters are", () => {
  const params = z.object({ leeches: z.number().int().default(30) });
  const roles = { seed: one(), leech: count("leeches"), other: rest({ min: 2 }) };
  const byParam = choreography({ roles, params }, (c) => c.barrier("b"));
  expect(rangeOf(byParam)).toEqual({ min: 4, max: 1_000_000, default: 33 });
});

test("the default number of instances is one that shares of them fit", () => {
  const roles = { few: percent(10), many: rest() };
  const shares = choreography({ roles }, (c) => c.barrier("b"));
  expect(rangeOf(shares)).toEqual({ min: 2, max: 1_000_000, default: 5 });
});

test("roles of fixed numbers alone are a maximum, too", () => {
  const fixed = choreography({ roles: { a: one(), b: count(3) } }, (c) => c.barrier("b"));
  expect(rangeOf(fixed)).toEqual({ min: 4, max: 4, default: 4 });
});

test("a case whose roles need more instances than it takes has no manifest", () => {
  const options = { roles: { a: one(), b: count(3) }, instances: { max: 2 } };
  const crowded = choreography(options, (c) => c.barrier("b"));
  expect(() => rangeOf(crowded)).toThrowErrorMatchingInlineSnapshot(
    `[DefinitionError: test case 'only' needs at least 4 instances and takes at most 2: correct its instances, or its roles]`,
  );
});

test("a plan's name is made fit for an image, and refused if nothing of it is", () => {
  const named = (name: string): string => manifestData(plan(name, { pings })).name;
  expect(named("ping-pong_2.0")).toBe("ping-pong_2.0");
  expect(named("Net/Ping Pong!")).toBe("net-ping-pong");
  expect(() => named("網")).toThrowErrorMatchingInlineSnapshot(
    `[DefinitionError: plan '網' has no letter of a to z and no digit, so Testground cannot name an image by it; rename it]`,
  );
});

test("names and texts with quotes, controls and half characters are written so that TOML reads them", () => {
  const params = z.object({
    'a "b"': z.string().default('\u007f\n"\\').describe("half \ud800"),
  });
  const odd = testcase(async () => {}, { params, description: "one\r\n\u0000two" });
  expect(
    manifest(plan("odd", { "ca/se": odd }))
      .split("\n")
      .slice(-8),
  ).toMatchInlineSnapshot(`
    [
      "# one",
      "#  two",
      "[[testcases]]",
      "name = "ca/se"",
      "instances = { min = 1, max = 1000000, default = 1 }",
      "  [testcases.params]",
      "  "a \\"b\\"" = { type = "string", desc = "half �", default = "\\u007f\\n\\"\\\\" }",
      "",
    ]
  `);
});
