import { z } from "zod";

type Schema = z.core.$ZodType;
type AnySchema = z.core.$ZodTypes;

/** A parameter's text as the value its schema is to check, with words for what the schema wants. */
export interface FromText {
  readonly expected: string;
  /** `undefined` if the text is not of this kind. */
  read(text: string): { readonly value: unknown } | undefined;
  /** The environment variable that holds the text where the parameter is absent. */
  readonly variable?: string | undefined;
}

/** Kept by the schema a text enters by, which every wrapper and copy of a type shares. */
const ownReadings = new WeakMap<Schema, FromText>();

/** Says how the text of a schema is read where its type alone does not tell. */
export function readAs(schema: Schema, reading: FromText): void {
  ownReadings.set(schema, reading);
}

/** How the text of a parameter of this schema is read: by the kind of value it holds under its wrappers. */
export function fromText(schema: Schema): FromText {
  const own = ownReadings.get(schema);
  if (own !== undefined) return own;
  const { def } = (schema as AnySchema)._zod;
  switch (def.type) {
    case "default":
    case "prefault":
    case "optional":
    case "nonoptional":
    case "readonly":
    case "catch":
      return fromText(def.innerType);
    case "nullable":
      return orNull(fromText(def.innerType));
    case "pipe":
      return fromText(def.in);
    case "lazy":
      return fromText(def.getter());
    case "union":
      return firstOf(def.options);
    case "literal":
      return oneOf(def.values);
    case "enum":
      return oneOf(Object.values(def.entries));
    case "number":
      return isInteger(def) ? wholeNumber : number;
    default:
      return BY_TYPE[def.type] ?? plainText;
  }
}

const plainText: FromText = { expected: "text", read: (text) => ({ value: text }) };

const number: FromText = { expected: "a number", read: readNumber };

const wholeNumber: FromText = { expected: "a whole number", read: readNumber };

const BY_TYPE: Readonly<Record<string, FromText>> = {
  boolean: {
    expected: "true or false",
    read(text) {
      const lower = text.toLowerCase();
      return lower === "true" || lower === "false" ? { value: lower === "true" } : undefined;
    },
  },
  bigint: {
    expected: "a whole number",
    read: (text) => (/^-?\d+$/.test(text) ? { value: BigInt(text) } : undefined),
  },
  date: { expected: "a date", read: (text) => ({ value: new Date(text) }) },
  array: json("an array"),
  tuple: json("an array"),
  object: json("an object"),
  record: json("an object"),
  intersection: json("an object"),
  null: json("null"),
};

function json(what: string): FromText {
  return {
    expected: `${what} in JSON`,
    read(text) {
      try {
        return { value: JSON.parse(text) };
      } catch {
        return undefined;
      }
    },
  };
}

function readNumber(text: string): { readonly value: number } | undefined {
  const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  return decimal.test(text) ? { value: Number(text) } : undefined;
}

function isInteger(def: z.core.$ZodNumberDef): boolean {
  const isInt = (format: unknown): boolean => typeof format === "string" && format.includes("int");
  const formats = (def.checks ?? []).map(({ _zod }) => Reflect.get(_zod.def, "format"));
  return [Reflect.get(def, "format"), ...formats].some(isInt);
}

function orNull({ expected, read, variable }: FromText): FromText {
  return {
    expected: `${expected} or null`,
    variable,
    read: (text) => (text === "null" ? { value: null } : read(text)),
  };
}

function oneOf(values: readonly unknown[]): FromText {
  return {
    expected: values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(", ")}`,
    read(text) {
      const found = values.findIndex((value) => String(value) === text);
      return found < 0 ? undefined : { value: values[found] };
    },
  };
}

/** The first kind whose text this is and whose schema takes the value. */
function firstOf(options: readonly Schema[]): FromText {
  const kinds = options.map((schema) => ({ schema, ...fromText(schema) }));
  return {
    expected: kinds.map(({ expected }) => expected).join(" or "),
    read(text) {
      for (const { schema, read } of kinds) {
        const made = read(text);
        if (made === undefined) continue;
        if (z.safeParse(schema, made.value).success) return made;
      }
      return undefined;
    },
  };
}
