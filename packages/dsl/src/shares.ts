import type { RoleData } from "./roles.ts";

/** Below this a difference comes from counting in halves and quarters of bits. */
const EPSILON = 1e-9;

/**
 * How many of so many instances each role of a percentage takes. Each gets the whole part of its share; what the sum of
 * the shares, rounded, has more goes to the largest remainders, in declaration order where they are equal.
 */
export function sharesOf(
  roles: Readonly<Record<string, RoleData>>,
  instances: number,
): ReadonlyMap<string, number> {
  const exact = Object.entries(roles).flatMap(([name, role]) =>
    role.kind === "percent" ? [{ name, part: (instances * role.share) / 100 }] : [],
  );
  const sizes = new Map(exact.map(({ name, part }) => [name, Math.floor(part + EPSILON)]));
  const whole = Math.round(sum(exact.map(({ part }) => part)) + EPSILON);
  const remainders = exact
    .map(({ name, part }) => ({ name, remainder: part - (sizes.get(name) ?? 0) }))
    .sort((a, b) =>
      Math.abs(a.remainder - b.remainder) < EPSILON ? 0 : b.remainder - a.remainder,
    );
  for (const { name } of remainders.slice(0, whole - sum([...sizes.values()]))) {
    sizes.set(name, (sizes.get(name) ?? 0) + 1);
  }
  return sizes;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
