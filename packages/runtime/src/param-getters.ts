import { z } from "zod";
import type { Environment } from "./run-params.ts";
import { RuntimeError } from "./runtime-error.ts";
import { parseGoFloat } from "./units/go-float.ts";
import { parseGoSize } from "./units/go-size.ts";
import { parsePort, portVariable } from "./units/port-number.ts";

/**
 * The plan's parameters one by one, by the names they have in Testground's Go SDK; a schema reads them all at once.
 *
 * A text that Go reads is read the same. What Go answers with -1 or silently with false is an error here.
 */
export interface ParamGetters {
  isParamSet(name: string): boolean;
  /** @throws {@link RuntimeError} `bad-params` if it is missing. */
  stringParam(name: string): string;
  /** A whole number. @throws {@link RuntimeError} `bad-params` if it is missing or none. */
  intParam(name: string): number;
  /** A number at 64 bits, `inf` included. @throws {@link RuntimeError} `bad-params` if it is missing or none. */
  floatParam(name: string): number;
  /** False if it is missing. @throws {@link RuntimeError} `bad-params` if it is neither true nor false. */
  booleanParam(name: string): boolean;
  /** Bytes of `10KiB` or `2 MB`. @throws {@link RuntimeError} `bad-params` if it is missing or no size. */
  sizeParam(name: string): number;
  /** An array of texts in JSON. @throws {@link RuntimeError} `bad-params` if it is missing or none. */
  stringArrayParam(name: string): readonly string[];
  /** Bytes of an array of sizes in JSON. @throws {@link RuntimeError} `bad-params` if it is missing or none. */
  sizeArrayParam(name: string): readonly number[];
  /** What the text holds in JSON, unchecked. @throws {@link RuntimeError} `bad-params` if it is missing or not JSON. */
  jsonParam(name: string): unknown;
  /**
   * The port that the runner exposes under a label: `API_PORT` for `api`; else the fallback.
   *
   * @throws {@link RuntimeError} `bad-params` if it is no port, or there is neither.
   */
  portNumber(label: string, fallback?: number): number;
}

const strings = z.array(z.string());

/** Getters over the texts a runner passes; ports come from the environment. */
export class TextParams implements ParamGetters {
  readonly #params: Readonly<Record<string, string>>;
  readonly #environment: Environment;

  constructor(params: Readonly<Record<string, string>>, environment: Environment) {
    this.#params = params;
    this.#environment = environment;
  }

  isParamSet(name: string): boolean {
    return Object.hasOwn(this.#params, name);
  }

  stringParam(name: string): string {
    const text = this.isParamSet(name) ? this.#params[name] : undefined;
    if (text === undefined) throw new RuntimeError("bad-params", `parameter '${name}' is missing`);
    return text;
  }

  intParam(name: string): number {
    return this.#read(name, "a whole number", parseInteger);
  }

  floatParam(name: string): number {
    return this.#read(name, "a number", parseGoFloat);
  }

  booleanParam(name: string): boolean {
    return this.isParamSet(name) && this.#read(name, "true or false", parseBoolean);
  }

  sizeParam(name: string): number {
    return this.#read(name, "a size such as 10KiB", parseGoSize);
  }

  stringArrayParam(name: string): readonly string[] {
    return this.#read(name, "an array of texts in JSON", parseStrings);
  }

  sizeArrayParam(name: string): readonly number[] {
    return this.stringArrayParam(name).map((text) => sizeIn(name, text));
  }

  jsonParam(name: string): unknown {
    return this.#read(name, "JSON", parseJson)[0];
  }

  portNumber(label: string, fallback?: number): number {
    const variable = portVariable(label);
    const text = this.#environment[variable];
    if (text !== undefined) return parsePort(text) ?? refuse(variable, text, "a port");
    if (fallback !== undefined) return fallback;
    throw new RuntimeError(
      "bad-params",
      `no port is exposed under '${label}': the runner gave this instance no ${variable}`,
    );
  }

  #read<T>(name: string, expected: string, parse: (text: string) => T | undefined): T {
    const text = this.stringParam(name);
    return parse(text) ?? refuse(`parameter '${name}'`, text, expected);
  }
}

function sizeIn(name: string, text: string): number {
  return parseGoSize(text) ?? refuse(`an element of parameter '${name}'`, text, "a size");
}

function refuse(what: string, text: string, expected: string): never {
  throw new RuntimeError("bad-params", `${what} is ${JSON.stringify(text)}; expected ${expected}`);
}

function parseInteger(text: string): number | undefined {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === "true" || lower === "false" ? lower === "true" : undefined;
}

/** In an array of one, as `null` and `false` are values too. */
function parseJson(text: string): readonly [unknown] | undefined {
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

function parseStrings(text: string): readonly string[] | undefined {
  return strings.safeParse(parseJson(text)?.[0]).data;
}
