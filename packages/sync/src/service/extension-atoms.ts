import type { Atoms, Entry, Logs, Records, StoredRecord } from "../atoms/store.ts";
import { nameInKey } from "../describe.ts";
import { isShared } from "../keys.ts";
import { checkValue } from "../limits.ts";
import type { Wait } from "../wait.ts";
import type { Caller } from "./caller.ts";
import { counterClient } from "./counter-client.ts";
import { type Frame, frameIn, textIn, textsIn, wholeIn } from "./fields.ts";
import { checkGoFrame } from "./go-frame.ts";
import type { Hello } from "./hello.ts";
import { queueClient } from "./queue-client.ts";
import { rateClient } from "./rate-client.ts";
import { registerClient } from "./register-client.ts";
import { type LogSink, SharedLogs } from "./shared-logs.ts";
import { SharedWaits } from "./shared-waits.ts";
import { errorIn } from "./wire-error.ts";

/** Everything the store behind the service carries, by full key. */
export function extensionAtoms(caller: Caller, hello: Hello): Atoms<string, string> {
  return {
    counters: counterClient(caller),
    logs: logs(caller, hello),
    records: records(caller),
    registers: registerClient(caller, hello.maxValueBytes),
    rates: rateClient(caller),
    queues: queueClient(caller, hello.maxValueBytes),
  };
}

function logs(caller: Caller, hello: Hello): Logs<string> {
  const { address } = caller;
  const shared = new SharedLogs((key, after, sink) => follow(caller, key, after, sink));
  const collected = new SharedWaits<readonly Entry[]>();
  return {
    async append(key, json, { requestId, settled, ...wait }) {
      const what = nameInKey(key);
      checkValue(what, json, hello.maxValueBytes);
      if (isShared(key)) checkGoFrame(what, json);
      const args = { key: address.log(key), json, requestId, settled };
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
  let got: Entry[] = [];
  const part = (frame: Frame): boolean => {
    if (frame["entries"] === undefined) return false;
    const first = wholeIn(frame, "seq");
    textsIn(frame, "entries").forEach((json, i) => {
      got.push({ seq: first + i, json });
    });
    return true;
  };
  const again = (): Frame => {
    got = [];
    return args;
  };
  return caller.call(op, { args: again, wait, part, read: () => got });
}

function follow(caller: Caller, key: string, after: number, sink: LogSink): () => void {
  const { channel, address } = caller;
  let delivered = after;
  const receive = (frame: Frame): void => {
    const error = errorIn(frame, channel.name);
    if (error !== undefined) throw error;
    const entries = textsIn(frame, "entries");
    delivered += entries.length;
    sink.entries(entries);
  };
  const body = (): string => caller.body("logs.read", { key: address.log(key), after: delivered });
  const id = channel.send({ body, run: address.run, receive, fail: sink.fail });
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
