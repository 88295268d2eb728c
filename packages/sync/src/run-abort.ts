import { setMaxListeners } from "node:events";
import type { LogKey, Namespace } from "./atoms/store.ts";
import { RunAbortedError, SyncError } from "./error.ts";
import type { Wait } from "./wait.ts";

const KEY: LogKey = { kind: "own", name: "abort" };

/** The abort of a run: the first entry of a log that every process of the run follows. */
export interface RunAbort {
  /**
   * Aborts with a {@link RunAbortedError} once anybody has reported, or with the {@link SyncError} that says the store
   * is lost: from then on nobody could be heard.
   */
  readonly signal: AbortSignal;
  /** Reports; resolves with the report that was first. */
  report(report: unknown, wait?: Wait): Promise<unknown>;
}

const followed = new WeakMap<Namespace, RunAbort>();

/** One follower a namespace, however many clients it has. */
export function runAbort(namespace: Namespace): RunAbort {
  const there = followed.get(namespace);
  if (there !== undefined) return there;
  const made = follow(namespace);
  followed.set(namespace, made);
  return made;
}

function follow(namespace: Namespace): RunAbort {
  const controller = new AbortController();
  // Every client of the process listens here; Node warns of a leak from the eleventh.
  setMaxListeners(0, controller.signal);
  const abortWith = (json: string): unknown => {
    const report: unknown = JSON.parse(json);
    if (!controller.signal.aborted) controller.abort(new RunAbortedError(report));
    return report;
  };
  const first = async (wait: Wait = {}): Promise<unknown> => {
    const [entry] = await namespace.logs.collect(KEY, 1, wait);
    return abortWith(entry?.json ?? "null");
  };
  first().catch((error: unknown) => {
    if (isLoss(error)) controller.abort(error);
  });
  return {
    signal: controller.signal,
    async report(report, wait) {
      const requestId = namespace.requestId();
      await namespace.logs.append(KEY, JSON.stringify(report), { ...wait, requestId });
      return first(wait);
    },
  };
}

function isLoss(error: unknown): boolean {
  return error instanceof SyncError && (error.code === "connection" || error.code === "state-lost");
}
