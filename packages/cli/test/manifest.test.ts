import { choreography, one, plan, rest, testcase } from "@groundplan/dsl";
import { manifest, manifestData } from "@groundplan/dsl/tools";
import { formatParams, typedParams, unpackParams } from "@groundplan/runtime";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { z } from "zod";
import { description } from "../src/describe/description.ts";

const config = z.record(z.string(), z.unknown());

/** What Testground v0.6.0 reads of a manifest, and what each runner asks of the names in it. */
const manifestRules = z.object({
  name: z.string().regex(/^[a-z0-9]+([._-][a-z0-9]+)*$/),
  builders: z.record(z.enum(["docker:generic", "docker:node", "exec:go"]), config),
  runners: z.record(z.enum(["local:exec", "local:docker", "cluster:k8s"]), config),
  testcases: z
    .array(
      z.object({
        name: z.string().min(1),
        instances: z
          .object({ min: z.int().positive(), max: z.int().positive() })
          .refine(({ min, max }) => min <= max),
        params: z
          .record(
            z.string(),
            z.strictObject({
              type: z.string(),
              desc: z.string().optional(),
              unit: z.string().optional(),
              default: z
                .union([z.string(), z.number(), z.boolean(), z.array(z.unknown())])
                .optional(),
            }),
          )
          .default({}),
      }),
    )
    .min(1),
});

const everything = z.object({
  rounds: z.number().int().default(5).describe("how often").meta({ unit: "n" }),
  share: z.number().default(0.25),
  isSlow: z.boolean().default(false),
  transport: z.enum(["tcp", "quic"]).default("tcp"),
  greeting: z.string().default('say "hi" = é|\n').describe("two\nlines"),
  hosts: z.array(z.string()).default(["a|b", "<c>"]),
  table: z.object({ deep: z.array(z.number().nullable()) }).default({ deep: [1, null] }),
  huge: z.number().default(2 ** 70),
  length: z
    .string()
    .transform((text) => text.length)
    .default(3),
  "odd name": z.string().default(""),
  given: z.string().default("given"),
});

const full = plan("Full Plan", {
  full: choreography(
    { description: "has one of each", roles: { a: one(), b: rest() }, params: everything },
    (c) => c.barrier("b"),
  ),
  "raw/case": testcase(async () => {}, { instances: { min: 2, max: 9 } }),
});

const read = (text: string): z.output<typeof manifestRules> => manifestRules.parse(parse(text));

test("a manifest keeps Testground's rules [C74]", () => {
  const { name, builders, runners, testcases } = read(manifest(full));
  expect(name).toBe("full-plan");
  expect(Object.keys(builders)).toEqual(["docker:generic", "docker:node", "exec:go"]);
  expect(Object.keys(runners)).toEqual(["local:exec", "local:docker", "cluster:k8s"]);
  expect(testcases.map((each) => [each.name, each.instances.min, each.instances.max])).toEqual([
    ["full", 2, 1_000_000],
    ["raw/case", 2, 9],
  ]);
  expect(testcases[0]?.params["rounds"]).toEqual({
    type: "int",
    desc: "how often",
    unit: "n",
    default: 5,
  });
});

test("the defaults, as Testground passes them on, give an instance the values it has without", () => {
  const params = read(manifest(full)).testcases[0]?.params ?? {};
  expect(Object.keys(params)).toEqual(Object.keys(everything.shape));
  const texts = Object.entries(params).map(([name, { default: value }]): [string, string] => [
    name,
    typeof value === "string" ? value : (JSON.stringify(value) ?? "null"),
  ]);
  // A parameter without a default arrives as the text null, which formatParams does not write.
  const declared = texts.filter(([, text]) => text !== "null");
  const packed = `${formatParams(Object.fromEntries(declared))}|length=null`;
  expect(typedParams(everything, unpackParams(packed))).toEqual(everything.parse({}));
});

test("a description is a table of what can be asked of a plan", () => {
  expect(description(manifestData(full))).toMatchInlineSnapshot(`
    "plan full-plan, with 2 test cases
      builders  docker:generic, docker:node, exec:go
      runners   local:exec, local:docker, cluster:k8s

    full: has one of each
      instances   2 or more
      parameters  rounds     int (n)   default 5                       how often
                  share      float     default 0.25
                  isSlow     bool      default false
                  transport  enum      default tcp                     one of tcp, quic
                  greeting   string    default "say \\"hi\\" = é|\\n"     two lines
                  hosts      []string  default ["a|b","<c>"]
                  table      json      default {"deep":[1,null]}
                  huge       float     default 1.1805916207174113e+21
                  length     string
                  odd name   string    default ""
                  given      string    default given

    raw/case
      instances   2 to 9"
  `);
});
