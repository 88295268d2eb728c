import type { Follow, Versioned } from "../atoms/store.ts";
import type { Wait } from "../wait.ts";

/** Waits until the register has a version after the given one. What it has then may be gone again. */
type Next = (after: number, wait: Wait) => Promise<Versioned | undefined>;

/** The versions of a register one after another: several that came between two looks count as their last. */
export async function* watchLatest(
  { after = 0, ...wait }: Follow = {},
  next: Next,
): AsyncGenerator<Versioned, void, void> {
  for (let seen = after; ; ) {
    const found = await next(seen, wait);
    if (found === undefined || found.version <= seen) continue;
    seen = found.version;
    yield found;
  }
}
