import { z } from "zod";
import { readAs } from "../param-text.ts";
import { parseGoDuration } from "./go-duration.ts";
import { parseGoRate } from "./go-rate.ts";
import { parseGoSize } from "./go-size.ts";
import { type IpNet, parseIpNet } from "./ip-net.ts";
import { parsePort, portVariable } from "./port-number.ts";

/**
 * A parameter that holds a size, as bytes: `"10KiB"`, `"2 MB"`, `"4096"`. `k` and `KB` are 1000, `Ki` and `KiB` 1024.
 * In JSON it may be a number of bytes too. Give its default as text: `size().prefault("10KiB")`.
 */
export function size(): z.ZodType<number, string | number> {
  return unit(textOrNumber(), "a size such as 10KiB or 2 MB", (given) =>
    found(typeof given === "string" ? parseGoSize(given) : wholeBytes(given)),
  );
}

/**
 * A parameter that holds a duration, as milliseconds: `"200ms"`, `"1h30m"`, `"1.5s"`; negative ones are taken.
 * A number in JSON is nanoseconds, as for Go's `ptypes.Duration`. Give its default as text:
 * `durationMs().prefault("200ms")`.
 */
export function durationMs(): z.ZodType<number, string | number> {
  return unit(textOrNumber(), "a duration such as 200ms, 5s or 1h30m", (given) =>
    found(typeof given === "string" ? parseGoDuration(given) : given / 1e6),
  );
}

/** A parameter that holds a rate, as times a second: `"100/s"`, `"0.5/m"`, `"500/5m"`. Give its default as text. */
export function rate(): z.ZodType<number, string> {
  return unit(z.string(), "a rate such as 100/s or 500/5m", (given) => found(parseGoRate(given)));
}

/** A parameter that holds an address in its network: `"10.1.2.3/16"`; `undefined` where it is empty. */
export function ipNet(): z.ZodType<IpNet | undefined, string> {
  const expected = "an address with its prefix length such as 10.1.2.3/16";
  return unit<IpNet | undefined, string>(z.string(), expected, (given) =>
    given === "" ? { value: undefined } : found(parseIpNet(given)),
  );
}

/**
 * A parameter that holds a port. Where it is absent, the port that the runner exposes under the label: `port("api")`
 * is `API_PORT`.
 */
export function port(label: string): z.ZodType<number, string | number> {
  const variable = portVariable(label);
  const expected = `a port from 1 to 65535, here or in ${variable}`;
  return unit(textOrNumber(), expected, (given) => found(parsePort(String(given))), variable);
}

/** A parameter that holds JSON of any shape; what `schema` makes of it. */
export function json<S extends z.ZodType>(schema: S): z.ZodType<z.output<S>, unknown> {
  const input = z.unknown();
  readAs(input, { expected: "JSON of the shape that the plan wants", read: readJson });
  // What the schema takes is checked when it runs.
  return input.pipe(schema as z.ZodType<z.output<S>, unknown>);
}

interface Found<T> {
  readonly value: T;
}

function unit<T, In extends string | number>(
  input: z.ZodType<In, In>,
  expected: string,
  parse: (given: In | string) => Found<T> | undefined,
  variable?: string,
): z.ZodType<T, In> {
  const read = (text: string): Found<string> | undefined =>
    parse(text) === undefined ? undefined : { value: text };
  readAs(input, { expected, read, variable });
  return input.transform((given, context): T => {
    const made = parse(given);
    if (made !== undefined) return made.value;
    context.addIssue({ code: "custom", message: `expected ${expected}` });
    return z.NEVER;
  });
}

function found<T>(value: T | undefined): Found<T> | undefined {
  return value === undefined ? undefined : { value };
}

function textOrNumber(): z.ZodType<string | number, string | number> {
  return z.union([z.string(), z.number()]);
}

function readJson(text: string): Found<unknown> | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function wholeBytes(bytes: number): number | undefined {
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}
