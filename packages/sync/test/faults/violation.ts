/** What no fault may cause, as the summary counts it. */
export const GUARANTEES = [
  "hangs",
  "double counts",
  "numbers not dense or not unique",
  "early releases",
  "lost or reordered messages",
  "admissions over capacity",
  "fencing tokens not increasing",
  "unexpected outcomes",
  "leftover keys",
  "leftover handles",
] as const;

export type Guarantee = (typeof GUARANTEES)[number];

export interface Violation {
  readonly of: Guarantee;
  readonly text: string;
}

/** Nothing, or the one violation. */
export function unless(holds: boolean, of: Guarantee, text: string): readonly Violation[] {
  return holds ? [] : [{ of, text }];
}

/** The numbers are 1 to as many as there are; of an activity that was cut short, only that none came twice. */
export function numbered(
  numbers: readonly number[],
  isWhole: boolean,
  what: string,
): readonly Violation[] {
  const unique = new Set(numbers);
  if (unique.size < numbers.length) {
    return [{ of: "numbers not dense or not unique", text: `${what}: given twice: ${numbers}` }];
  }
  const isDense = Math.max(0, ...numbers) === numbers.length;
  return unless(!isWhole || isDense, "numbers not dense or not unique", `${what}: ${numbers}`);
}
