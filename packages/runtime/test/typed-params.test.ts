import { typedParams, unknownParams } from "@groundplan/runtime";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";

describe("typedParams", () => {
  it("reads each kind of field from its text", () => {
    const schema = z.object({
      float: z.number(),
      int: z.int(),
      yes: z.boolean(),
      text: z.string(),
      digits: z.string(),
      mode: z.enum(["fast", "slow"]),
      one: z.literal([1, 2]),
      big: z.bigint(),
      list: z.array(z.number()),
      pair: z.tuple([z.string(), z.number()]),
      shape: z.object({ a: z.boolean() }),
      table: z.record(z.string(), z.number()),
      either: z.union([z.number(), z.literal("auto")]),
    });
    const params = typedParams(schema, {
      float: "-1.5e3",
      int: "7",
      yes: "True",
      text: "",
      digits: "0123",
      mode: "slow",
      one: "2",
      big: "9007199254740993",
      list: "[1,2]",
      pair: '["a",1]',
      shape: '{"a":true}',
      table: '{"x":1}',
      either: "auto",
    });
    expect(params).toEqual({
      float: -1500,
      int: 7,
      yes: true,
      text: "",
      digits: "0123",
      mode: "slow",
      one: 2,
      big: 9007199254740993n,
      list: [1, 2],
      pair: ["a", 1],
      shape: { a: true },
      table: { x: 1 },
      either: "auto",
    });
    expectTypeOf(params.pair).toEqualTypeOf<[string, number]>();
  });

  it("looks through the wrappers of a field", () => {
    const schema = z.object({
      byDefault: z.number().default(3),
      given: z.number().default(3),
      optional: z.boolean().optional(),
      absent: z.boolean().optional(),
      nullable: z.number().nullable(),
      prefault: z.int().prefault(1),
      piped: z.number().pipe(z.number().max(9)),
      transformed: z.number().transform((n) => n * 2),
      readonly: z.array(z.string()).readonly(),
      caught: z.number().catch(0),
      refined: z.string().refine((text) => text.length > 1),
      lazy: z.lazy(() => z.number()),
      spelled: z.stringbool(),
    });
    expect(
      typedParams(schema, {
        given: "4",
        optional: "false",
        nullable: "null",
        piped: "8",
        transformed: "21",
        readonly: '["a"]',
        caught: "5",
        refined: "ok",
        lazy: "6",
        spelled: "on",
      }),
    ).toEqual({
      byDefault: 3,
      given: 4,
      optional: false,
      nullable: null,
      prefault: 1,
      piped: 8,
      transformed: 42,
      readonly: ["a"],
      caught: 5,
      refined: "ok",
      lazy: 6,
      spelled: true,
    });
  });

  it("reports all faults at once, each with the text and what was expected", () => {
    const schema = z.object({
      rounds: z.int(),
      share: z.number().max(1),
      half: z.int(),
      verbose: z.boolean(),
      mode: z.enum(["fast", "slow"]),
      peers: z.array(z.object({ port: z.number() })),
      links: z.array(z.string()),
      name: z.string(),
      either: z.union([z.number(), z.literal("auto")]),
    });
    const read = (): unknown =>
      typedParams(schema, {
        rounds: "ten",
        share: "1.5",
        half: "0.5",
        verbose: "maybe",
        mode: "Fast",
        peers: '[{"port":1},{"port":"x"}]',
        links: "a,b",
        either: "never",
      });
    expect(read).toThrow(expect.objectContaining({ name: "RuntimeError", code: "bad-params" }));
    expect(read).toThrowErrorMatchingInlineSnapshot(`
      [RuntimeError: the parameters do not fit the plan:
        parameter 'rounds' is "ten"; expected a whole number
        parameter 'verbose' is "maybe"; expected true or false
        parameter 'mode' is "Fast"; expected one of fast, slow
        parameter 'links' is "a,b"; expected an array in JSON
        parameter 'either' is "never"; expected a number or auto
        parameter 'share' is "1.5": Too big: expected number to be <=1
        parameter 'half' is "0.5"; expected a whole number
        parameter 'peers' is "[{\\"port\\":1},{\\"port\\":\\"x\\"}]": at 1.port: Invalid input: expected number, received string
        parameter 'name' is missing; expected text]
    `);
  });

  it.each(["", " 1", "0x10", "1_000", "Infinity", "NaN", "1 "])(
    "does not take '%s' for a number",
    (n) => {
      expect(() => typedParams(z.object({ n: z.number() }), { n })).toThrow(/expected a number/);
    },
  );

  it("leaves out what the schema does not name, and tells its names", () => {
    const schema = z.object({ a: z.string() });
    expect(typedParams(schema, { a: "1", b: "2" })).toEqual({ a: "1" });
    expect(unknownParams(schema, ["a", "b", "toString"])).toEqual(["b", "toString"]);
  });
});
