import type { Atoms, CounterKey, Entry, LogKey, Logs, Records, Scope } from "../atoms/store.ts";
import { counterOperations } from "./counter-operations.ts";
import { type Frame, frameIn, textIn, wholeIn } from "./fields.ts";
import { mutationIn } from "./mutation-fields.ts";
import { queueOperations } from "./queue-operations.ts";
import { rateOperations } from "./rate-operations.ts";
import { registerOperations } from "./register-operations.ts";

/** Where a call's answer goes when it is more than one value, and how it learns that nobody waits any more. */
export interface CallContext {
  readonly signal: AbortSignal;
  sendEntries(entries: Iterable<Entry> | AsyncIterable<Entry>): Promise<void>;
}

/** One operation of a store, with its arguments as they came. Writes are not cancelled half way: they end soon. */
type Operation = (call: Frame, context: CallContext) => Promise<unknown>;

export type Operations = Readonly<Record<string, Operation>>;

/** The operations of a run that was opened. */
export function runOperations(atoms: Atoms<CounterKey, LogKey>): Operations {
  return {
    ...counterOperations(atoms.counters, counterKeyOf),
    ...logOperations(atoms.logs, logKeyOf),
    ...recordOperations(atoms.records),
    ...registerOperations(atoms.registers),
    ...rateOperations(atoms.rates),
    ...queueOperations(atoms.queues),
  };
}

/** The operations by full key. */
export function foreignOperations(atoms: Atoms<string, string>): Operations {
  const keyOf = (call: Frame): string => textIn(call, "key");
  return {
    ...counterOperations(atoms.counters, keyOf),
    ...logOperations(atoms.logs, keyOf),
    ...recordOperations(atoms.records),
    ...registerOperations(atoms.registers),
    ...rateOperations(atoms.rates),
    ...queueOperations(atoms.queues),
  };
}

export function scopeOf(call: Frame): Scope {
  const scope = frameIn(call, "scope");
  return { run: textIn(scope, "run"), plan: textIn(scope, "plan"), case: textIn(scope, "case") };
}

function logOperations<K>(logs: Logs<K>, keyOf: (call: Frame) => K): Operations {
  return {
    "logs.append": (call) => logs.append(keyOf(call), textIn(call, "json"), mutationIn(call)),
    "logs.read": (call, { signal, sendEntries }) =>
      sendEntries(logs.read(keyOf(call), { after: wholeIn(call, "after"), signal })),
    "logs.collect": async (call, { signal, sendEntries }) =>
      sendEntries(await logs.collect(keyOf(call), wholeIn(call, "count"), { signal })),
    "logs.snapshot": async (call, { signal, sendEntries }) =>
      sendEntries(await logs.snapshot(keyOf(call), { signal })),
  };
}

function recordOperations(records: Records): Operations {
  return {
    "records.write": (call) => {
      const values = frameIn(call, "records");
      const ids = Object.keys(values);
      const texts = Object.fromEntries(ids.map((id) => [id, textIn(values, id)]));
      return records.write(textIn(call, "set"), texts);
    },
    "records.read": async (call, { signal }) =>
      Object.fromEntries(await records.read(textIn(call, "set"), { signal })),
  };
}

function counterKeyOf(call: Frame): CounterKey {
  const key = frameIn(call, "key");
  return { kind: textIn(key, "kind") === "state" ? "state" : "own", name: textIn(key, "name") };
}

function logKeyOf(call: Frame): LogKey {
  const key = frameIn(call, "key");
  const kind = textIn(key, "kind");
  if (kind === "run_events") return { kind };
  return { kind: kind === "topic" ? "topic" : "own", name: textIn(key, "name") };
}
