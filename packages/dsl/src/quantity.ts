import { DefinitionError } from "./definition-error.ts";

/** So many instances, or a share of them: `3`, `"90%"`. */
export type Quantity = number | `${number}%`;

/** Below this a difference comes from counting in halves and quarters of bits. */
const EPSILON = 1e-9;

/**
 * @param what begins the complaint, such as `"stage 'funded': atLeast"`.
 * @param least 1 unless given, and then a share is more than 0.
 * @throws DefinitionError `"bad-option"` for what is neither a whole number nor a share up to 100 percent.
 */
export function checkQuantity(quantity: unknown, what: string, least: 0 | 1 = 1): Quantity {
  if (typeof quantity === "number" && Number.isSafeInteger(quantity) && quantity >= least) {
    return quantity;
  }
  const share = shareIn(quantity);
  if (share !== undefined && share >= least * Number.MIN_VALUE && share <= 100) return `${share}%`;
  throw new DefinitionError(
    "bad-option",
    `${what} is ${JSON.stringify(quantity)}: write a whole number, ${least} or more, or a share such as "90%"`,
  );
}

/** How many that is of so many; shares are rounded up. */
export function amountOf(quantity: Quantity, of: number): number {
  if (typeof quantity === "number") return quantity;
  return Math.ceil((of * (shareIn(quantity) ?? 100)) / 100 - EPSILON);
}

function shareIn(text: unknown): number | undefined {
  const [, digits] = typeof text === "string" ? (/^(\d+(?:\.\d+)?)%$/.exec(text) ?? []) : [];
  return digits === undefined ? undefined : Number(digits);
}
