import { z } from "zod";
import { parseSubnet } from "./subnet.ts";

/** A variable's value, for the schema of the environment. Absent and empty are the same. */
export type Field<T> = z.ZodType<T, string | undefined>;

const FAULT: unique symbol = Symbol("not what the variable must be");

/** Text, as it is. */
export const text: Field<string> = z.string().default("");

/** `undefined` where nothing was set. */
export const optionalText: Field<string | undefined> = field("text", undefined, (found) => found);

/** A whole number from `least` up. */
export function whole<Absent>(least: number, absent: Absent): Field<number | Absent> {
  return field(`a whole number from ${least} up`, absent, (found) => {
    const value = /^\+?\d+$/.test(found) ? Number(found) : Number.NaN;
    return Number.isSafeInteger(value) && value >= least ? value : FAULT;
  });
}

/** A boolean the way Go spells it; false where nothing was set. */
export const flag: Field<boolean> = field("true or false", false, (found) => {
  if (/^(1|t|T|TRUE|true|True)$/.test(found)) return true;
  return /^(0|f|F|FALSE|false|False)$/.test(found) ? false : FAULT;
});

/** A network in CIDR notation, host bits cleared. */
export const subnet: Field<string | undefined> = field(
  "a network such as 10.1.0.0/16",
  undefined,
  (found) => parseSubnet(found) ?? FAULT,
);

/** Go's zero time stands for no time. */
const NO_TIME = "0001-01-01T00:00:00Z";
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export const time: Field<Date | undefined> = field(
  "a time such as 2022-01-12T15:48:07-05:00",
  undefined,
  (found) => {
    if (found === NO_TIME) return undefined;
    const value = new Date(RFC_3339.test(found) ? found : Number.NaN);
    return Number.isNaN(value.getTime()) ? FAULT : value;
  },
);

function field<T, Absent>(
  expected: string,
  absent: Absent,
  read: (found: string) => T | typeof FAULT,
): Field<T | Absent> {
  return z
    .string()
    .default("")
    .transform((found, context): T | Absent => {
      const value = found === "" ? absent : read(found);
      if (value !== FAULT) return value;
      context.addIssue({ code: "custom", message: expected });
      return z.NEVER;
    });
}
