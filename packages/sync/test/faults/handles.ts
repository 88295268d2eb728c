const KEEPS_ALIVE = /TCP|Timeout/;
const PATIENCE_MS = 3_000;

/** The sockets and timers of this process beyond those of before; they are given a moment to go. */
export async function settledHandles(before: readonly string[]): Promise<readonly string[]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const left = beyond(before);
    if (left.length === 0 || performance.now() > deadline) return left;
    // A handle itself, but gone when they are counted.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function beyond(before: readonly string[]): readonly string[] {
  const known = before.filter((name) => KEEPS_ALIVE.test(name));
  return process
    .getActiveResourcesInfo()
    .filter((name) => KEEPS_ALIVE.test(name))
    .filter((name) => {
      const at = known.indexOf(name);
      if (at < 0) return true;
      known.splice(at, 1);
      return false;
    });
}
