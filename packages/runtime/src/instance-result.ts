/** How an instance ended. */
export type InstanceResult =
  | { readonly type: "ok" }
  /** Its test case rejected, or it could not start. */
  | { readonly type: "failed"; readonly error: Error }
  /** Something was thrown that nobody caught. */
  | { readonly type: "crashed"; readonly error: Error; readonly stack: string }
  /** It was ended from outside: by a signal, or because another instance failed. */
  | { readonly type: "aborted"; readonly error: Error };

const CODES = { ok: 0, failed: 1, crashed: 2, aborted: 3 } as const;
const WORST_FIRST = ["crashed", "failed", "aborted", "ok"] as const;

/** The exit code of a process that performed these instances: that of the worst. 0 ok, 1 failed, 2 crashed, 3 aborted. */
export function exitCode(results: readonly InstanceResult[]): number {
  const worst = WORST_FIRST.find((type) => results.some((result) => result.type === type));
  return CODES[worst ?? "ok"];
}
