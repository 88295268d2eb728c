/** What the runner local:exec makes of an instance's stdout. */
export interface Reading {
  readonly outcome: "ok" | "failed" | "incomplete";
  /** Why it stopped reading before the end, if it did. */
  readonly stopped: string | undefined;
}

type Verdict = "ok" | "failed" | "other" | "unknown";

const MAX_LINE_BYTES = 64 * 1024;
const OTHER_KINDS = ["start_event", "message_event", "stage_start_event", "stage_end_event"];

/** Of Testground v0.6.0: it looks for a key that names the event. */
export function readAsV06(lines: readonly string[]): Reading {
  return readLines(lines, (event) => {
    if ("success_event" in event) return "ok";
    if ("failure_event" in event || "crash_event" in event) return "failed";
    return OTHER_KINDS.some((kind) => kind in event) ? "other" : "unknown";
  });
}

/** Of Testground v0.5: it looks at `type` and `outcome`. */
export function readAsV05(lines: readonly string[]): Reading {
  return readLines(lines, ({ type, outcome }) => {
    if (type !== "finish") return "other";
    if (outcome === "failed" || outcome === "crashed") return "failed";
    return outcome === "ok" ? "ok" : "unknown";
  });
}

/** A failure counts whatever came before or after it. */
function readLines(
  lines: readonly string[],
  judge: (event: { type?: unknown; outcome?: unknown }) => Verdict,
): Reading {
  const verdicts: Verdict[] = [];
  let stopped: string | undefined;
  for (const line of lines) {
    const event = eventIn(line);
    const verdict = event === undefined ? "other" : judge(event);
    if (Buffer.byteLength(line) > MAX_LINE_BYTES) stopped = "line too long";
    else if (verdict === "unknown") stopped = `not understood: ${line}`;
    if (stopped !== undefined) break;
    verdicts.push(verdict);
  }
  const outcome = (["failed", "ok"] as const).find((each) => verdicts.includes(each));
  return { outcome: outcome ?? "incomplete", stopped };
}

/** `null` is an event without a kind. */
function eventIn(line: string): object | undefined {
  try {
    const { event } = JSON.parse(line) as { event?: unknown };
    return typeof event === "object" ? { ...event } : undefined;
  } catch {
    return undefined;
  }
}
