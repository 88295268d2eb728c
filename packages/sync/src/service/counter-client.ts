import { endOfRound } from "../atoms/counter-target.ts";
import type { Counters, Target } from "../atoms/store.ts";
import { countTimeout, declaredTimeout } from "../describe.ts";
import { SyncError } from "../error.ts";
import type { Wait } from "../wait.ts";
import type { Caller } from "./caller.ts";
import { type Frame, optionalWholeIn, textsIn, wholeIn } from "./fields.ts";
import { reachTimeout } from "./reach-timeout.ts";
import { SharedWaits } from "./shared-waits.ts";

/** How long a wait that is over may still take to say how far it got. */
const ASK_MS = 500;

/** The counters of the store behind the service, by full key. */
export function counterClient(caller: Caller): Counters<string> {
  const { address } = caller;
  const reached = new SharedWaits<void>();
  const explain = explainer(caller);
  return {
    add(key, { requestId, by, onlyIf, settled, ...wait }) {
      const args = { key: address.counter(key), requestId, by, onlyIf, settled };
      return caller.call("counters.add", { args, wait, read: numberResult });
    },
    addAndReach(key, target, { requestId, by, onlyIf, settled, ...wait }) {
      const args = { key: address.counter(key), target, requestId, by, onlyIf, settled };
      const request = { args, wait, describe: late(key, target), read: numberResult };
      return explain(key, target, wait, caller.call("counters.addAndReach", request));
    },
    reach(key, target, wait = {}) {
      const args = { key: address.counter(key), target };
      const work = reached.wait(JSON.stringify([key, target]), wait, late(key, target), (signal) =>
        caller.call("counters.reach", { args, wait: { signal }, read: () => {} }),
      );
      return explain(key, target, wait, work);
    },
    declare(key, target, { requestId, ...wait }) {
      const args = { key: address.counter(key), target, requestId };
      return caller.call("counters.declare", { args, wait, read: () => {} });
    },
    declared: (key, wait = {}) => declaredTarget(caller, key, wait),
    read: (key, wait = {}) => count(caller, key, wait),
    contributors(key, wait = {}) {
      const args = { key: address.counter(key) };
      const read = (frame: Frame): readonly string[] => textsIn(frame, "result");
      return caller.call("counters.contributors", { args, wait, read });
    },
  };
}

function late(key: string, target: Target): (timeoutMs: number) => string {
  return (ms) =>
    typeof target === "number" ? reachTimeout(key, 0, target, ms) : declaredTimeout(key, ms);
}

function count(caller: Caller, key: string, wait: Wait): Promise<number> {
  const args = { key: caller.address.counter(key) };
  return caller.call("counters.read", { args, wait, read: numberResult });
}

function declaredTarget(caller: Caller, key: string, wait: Wait): Promise<number | undefined> {
  const args = { key: caller.address.counter(key) };
  const read = (frame: Frame): number | undefined => optionalWholeIn(frame, "result");
  return caller.call("counters.declared", { args, wait, read });
}

type Explain = <T>(key: string, target: Target, wait: Wait, work: Promise<T>) => Promise<T>;

interface Progress {
  readonly have: number;
  readonly target: number;
}

/** The deadline is kept here, the count in the service: a timeout says how far it got if the service still answers. */
function explainer(caller: Caller): Explain {
  const counts = new SharedWaits<Progress | undefined>();
  const ask = (key: string, target: Target): Promise<Progress | undefined> =>
    counts.wait(JSON.stringify([key, target]), { timeoutMs: ASK_MS }, String, (signal) =>
      progress(caller, key, target, { signal }),
    );
  return async (key, target, { timeoutMs }, work) => {
    try {
      return await work;
    } catch (error) {
      if (timeoutMs === undefined || !isTimeout(error)) throw error;
      const found = await ask(key, target).catch(() => undefined);
      if (found === undefined) throw error;
      throw new SyncError("timeout", countTimeout(key, found.have, found.target, timeoutMs));
    }
  };
}

async function progress(
  caller: Caller,
  key: string,
  target: Target,
  wait: Wait,
): Promise<Progress | undefined> {
  const goal = target === "declared" ? await declaredTarget(caller, key, wait) : target;
  if (goal === undefined) return undefined;
  const have = await count(caller, key, wait);
  return { have, target: typeof goal === "number" ? goal : endOfRound(have, goal.roundOf) };
}

function numberResult(frame: Frame): number {
  return wholeIn(frame, "result");
}

function isTimeout(error: unknown): boolean {
  return error instanceof SyncError && error.code === "timeout";
}
