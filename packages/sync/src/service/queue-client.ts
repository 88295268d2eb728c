import { queueTimeout } from "../atoms/queue-errors.ts";
import type { PutOutcome, QueuedItem, Queues, QueueView, Taken } from "../atoms/queues.ts";
import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";
import { checkValue } from "../limits.ts";
import type { Wait } from "../wait.ts";
import type { Caller } from "./caller.ts";
import { asFrame, type Frame, frameIn, optionalNumberIn, textIn, wholeIn } from "./fields.ts";
import { SharedWaits } from "./shared-waits.ts";

/** The queues of the store behind the service, by full key. */
export function queueClient(caller: Caller, maxValueBytes: number): Queues {
  const { address } = caller;
  const changes = new SharedWaits<void>();
  const call = <T>(
    op: string,
    key: string,
    { signal, timeoutMs, ...args }: Wait & Frame,
    read: (frame: Frame) => T,
  ): Promise<T> =>
    caller.call(`queues.${op}`, {
      args: { ...args, name: address.queue(key) },
      wait: { signal, timeoutMs },
      read,
    });
  return {
    async put(key, put) {
      checkValue(nameInKey(key), put.json, maxValueBytes);
      return call("put", key, { ...put }, outcomeResult);
    },
    take: (key, take) => call("take", key, { ...take }, takenResult),
    settle: (key, settle) => call("settle", key, { ...settle }, isTrue),
    extend: (key, extend) =>
      call("extend", key, { ...extend }, ({ result }) => listOf(result).map((is) => is === true)),
    remove: (key, remove) => call("remove", key, { ...remove }, isTrue),
    changed: (key, what, after, wait = {}) =>
      changes.wait(
        JSON.stringify([key, what, after]),
        wait,
        (ms) => queueTimeout(key, what, ms),
        (signal) => call("changed", key, { what, after, signal }, () => {}),
      ),
    inspect: (key, wait = {}) => call("inspect", key, { ...wait }, viewResult),
    deadLetters: (key, wait = {}) =>
      call("deadLetters", key, { ...wait }, ({ result }) => listOf(result).map(letterIn)),
  };
}

function outcomeResult(frame: Frame): PutOutcome {
  const result = frameIn(frame, "result");
  const type = textIn(result, "type");
  if (type === "full") return { type, changes: wholeIn(result, "changes") };
  return { type: type === "added" ? "added" : "known" };
}

function takenResult(frame: Frame): Taken {
  const result = frameIn(frame, "result");
  return {
    items: listOf(result["items"]).map(
      (item): QueuedItem => ({ ...letterIn(item), token: wholeIn(asFrame(item) ?? {}, "token") }),
    ),
    changes: wholeIn(result, "changes"),
    nextMs: optionalNumberIn(result, "nextMs"),
  };
}

function letterIn(item: unknown): Omit<QueuedItem, "token"> {
  const frame = asFrame(item) ?? {};
  return {
    id: textIn(frame, "id"),
    json: textIn(frame, "json"),
    deliveries: wholeIn(frame, "deliveries"),
  };
}

function viewResult(frame: Frame): QueueView {
  const result = frameIn(frame, "result");
  const [ready, delayed, taken, dead] = (["ready", "delayed", "taken", "dead"] as const).map(
    (part) => wholeIn(result, part),
  );
  return { ready: ready ?? 0, delayed: delayed ?? 0, taken: taken ?? 0, dead: dead ?? 0 };
}

function isTrue({ result }: Frame): boolean {
  return result === true;
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new SyncError("protocol", "the frame's list is none");
}
