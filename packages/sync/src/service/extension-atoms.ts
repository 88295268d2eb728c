import { countTimeout, nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";
import { isShared } from "../keys.ts";
import { checkValue } from "../limits.ts";
import type { Atoms, Counters, Entry, Logs, Records, StoredRecord } from "../store.ts";
import type { Wait } from "../wait.ts";
import type { Caller } from "./caller.ts";
import { type Frame, frameIn, textIn, textsIn, wholeIn } from "./fields.ts";
import { checkGoFrame } from "./go-frame.ts";
import type { Hello } from "./hello.ts";
import { reachTimeout } from "./reach-timeout.ts";
import { type LogSink, SharedLogs } from "./shared-logs.ts";
import { SharedWaits } from "./shared-waits.ts";
import { errorIn } from "./wire-error.ts";

/** How long a wait that is over may still take to say how far it got. */
const ASK_MS = 500;

/** Everything the store behind the service carries, by full key. */
export function extensionAtoms(caller: Caller, hello: Hello): Atoms<string, string> {
  return { counters: counters(caller), logs: logs(caller, hello), records: records(caller) };
}

function counters(caller: Caller): Counters<string> {
  const { address } = caller;
  const reached = new SharedWaits<void>();
  const explain = explainer(caller);
  return {
    add(key, { requestId, ...wait }) {
      const args = { key: address.counter(key), requestId };
      return caller.call("counters.add", { args, wait, read: numberResult });
    },
    addAndReach(key, target, { requestId, ...wait }) {
      const args = { key: address.counter(key), target, requestId };
      const describe = (ms: number): string => reachTimeout(key, 0, target, ms);
      const request = { args, wait, describe, read: numberResult };
      return explain(key, target, wait, caller.call("counters.addAndReach", request));
    },
    reach(key, target, wait = {}) {
      const args = { key: address.counter(key), target };
      const work = reached.wait(
        JSON.stringify([key, target]),
        wait,
        (ms) => reachTimeout(key, 0, target, ms),
        (signal) => caller.call("counters.reach", { args, wait: { signal }, read: () => {} }),
      );
      return explain(key, target, wait, work);
    },
    read: (key, wait = {}) => count(caller, key, wait),
    contributors(key, wait = {}) {
      const args = { key: address.counter(key) };
      const read = (frame: Frame): readonly string[] => textsIn(frame, "result");
      return caller.call("counters.contributors", { args, wait, read });
    },
  };
}

function count(caller: Caller, key: string, wait: Wait): Promise<number> {
  const args = { key: caller.address.counter(key) };
  return caller.call("counters.read", { args, wait, read: numberResult });
}

type Explain = <T>(key: string, target: number, wait: Wait, work: Promise<T>) => Promise<T>;

/** The deadline is kept here, the count in the service: a timeout says how far it got if the service still answers. */
function explainer(caller: Caller): Explain {
  const counts = new SharedWaits<number>();
  const ask = (key: string): Promise<number> =>
    counts.wait(key, { timeoutMs: ASK_MS }, String, (signal) => count(caller, key, { signal }));
  return async (key, target, { timeoutMs }, work) => {
    try {
      return await work;
    } catch (error) {
      if (timeoutMs === undefined || !isTimeout(error)) throw error;
      const have = await ask(key).catch(() => undefined);
      if (have === undefined) throw error;
      throw new SyncError("timeout", countTimeout(key, have, target, timeoutMs));
    }
  };
}

function logs(caller: Caller, hello: Hello): Logs<string> {
  const { address } = caller;
  const shared = new SharedLogs((key, after, sink) => follow(caller, key, after, sink));
  const collected = new SharedWaits<readonly Entry[]>();
  return {
    async append(key, json, { requestId, ...wait }) {
      const what = nameInKey(key);
      checkValue(what, json, hello.maxValueBytes);
      if (isShared(key)) checkGoFrame(what, json);
      const args = { key: address.log(key), json, requestId };
      return caller.call("logs.append", { args, wait, read: numberResult });
    },
    read: (key, options) => shared.read(key, options),
    collect: (key, count, wait = {}) =>
      collected.wait(
        JSON.stringify([key, count]),
        wait,
        (ms) => `${nameInKey(key)}: fewer than ${count} entries after ${ms} ms`,
        (signal) => entries(caller, "logs.collect", { key: address.log(key), count }, { signal }),
      ),
    snapshot: (key, wait = {}) => entries(caller, "logs.snapshot", { key: address.log(key) }, wait),
  };
}

function records(caller: Caller): Records {
  const { address } = caller;
  return {
    write(set, values, wait = {}) {
      const args = { set: address.set(set), records: values };
      return caller.call("records.write", { args, wait, read: () => {} });
    },
    read: (set, wait = {}) =>
      caller.call("records.read", { args: { set: address.set(set) }, wait, read: recordsResult }),
  };
}

/** Entries that come in any number of frames before the answer. */
function entries(
  caller: Caller,
  op: "logs.collect" | "logs.snapshot",
  args: Frame,
  wait: Wait,
): Promise<readonly Entry[]> {
  const got: Entry[] = [];
  const part = (frame: Frame): boolean => {
    if (frame["entries"] === undefined) return false;
    const first = wholeIn(frame, "seq");
    textsIn(frame, "entries").forEach((json, i) => {
      got.push({ seq: first + i, json });
    });
    return true;
  };
  return caller.call(op, { args, wait, part, read: () => got });
}

function follow(caller: Caller, key: string, after: number, sink: LogSink): () => void {
  const { channel, address } = caller;
  const receive = (frame: Frame): void => {
    const error = errorIn(frame, channel.name);
    if (error !== undefined) throw error;
    sink.entries(textsIn(frame, "entries"));
  };
  const body = caller.body("logs.read", { key: address.log(key), after });
  const id = channel.send(body, { receive, fail: sink.fail });
  return () => channel.cancel(id);
}

function recordsResult(frame: Frame): ReadonlyMap<string, StoredRecord> {
  const stored = frameIn(frame, "result");
  const record = (id: string): StoredRecord => {
    const fields = frameIn(stored, id);
    const ageMs = Number(fields["ageMs"]);
    return { json: textIn(fields, "json"), ageMs };
  };
  return new Map(Object.keys(stored).map((id) => [id, record(id)]));
}

function numberResult(frame: Frame): number {
  return wholeIn(frame, "result");
}

function isTimeout(error: unknown): boolean {
  return error instanceof SyncError && error.code === "timeout";
}
