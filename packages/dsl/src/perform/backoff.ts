/**
 * The pause after so many attempts. The longest it can be doubles with each, up to the longest of all; `draw`, in
 * [0, 1), chooses from the upper half of that, so that instances that failed together do not come back together.
 */
export function backoffMs(
  [shortest, longest]: readonly [number, number],
  attempts: number,
  draw: number,
): number {
  const whole = Math.min(longest, shortest * 2 ** attempts);
  const half = Math.max(shortest, whole / 2);
  return half + (whole - half) * draw;
}
