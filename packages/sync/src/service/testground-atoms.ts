import type { Queues } from "../atoms/queues.ts";
import type { Rates } from "../atoms/rates.ts";
import type { Atoms, CounterAddition, Counters, Logs, Records, Registers } from "../atoms/store.ts";
import { nameInKey } from "../describe.ts";
import { SyncError, UnsupportedPrimitiveError } from "../error.ts";
import { remaining, type Wait } from "../wait.ts";
import type { Channel } from "./channel.ts";
import { exchange } from "./exchange.ts";
import { type Frame, frameIn, wholeIn } from "./fields.ts";
import { checkGoFrame } from "./go-frame.ts";
import { reachTimeout } from "./reach-timeout.ts";
import { type LogSink, SharedLogs } from "./shared-logs.ts";
import { SharedWaits } from "./shared-waits.ts";
import { errorIn } from "./wire-error.ts";

/** What Testground's own service carries: signals, barriers, and topics that are read from their first entry. */
export function testgroundAtoms(channel: Channel): Atoms<string, string> {
  return {
    counters: counters(channel),
    logs: logs(channel),
    records: records(channel),
    registers: registers(channel),
    rates: rates(channel),
    queues: queues(channel),
  };
}

function counters(channel: Channel): Counters<string> {
  // The highest number that a response told of a state. The service has no way to ask for it.
  const seen = new Map<string, number>();
  const see = (key: string, count: number): number => {
    seen.set(key, Math.max(count, seen.get(key) ?? 0));
    return count;
  };
  const barriers = new SharedWaits<void>();
  const add = async (key: string, wait: Wait): Promise<number> =>
    see(
      key,
      await write(
        channel,
        wait,
        `signal on ${nameInKey(key)}`,
        "signal_entry",
        `{"state":${quote(key)}}`,
      ),
    );
  const reach = (key: string, target: number, wait: Wait, timeoutMs?: number): Promise<void> =>
    barriers.wait(
      JSON.stringify([key, target]),
      wait,
      (ms) => reachTimeout(key, seen.get(key) ?? 0, target, timeoutMs ?? ms),
      (signal) =>
        exchange(
          channel,
          { signal },
          {
            body: () => `"barrier":{"state":${quote(key)},"target":${target}}`,
            read: () => void see(key, target),
            describe: () => "",
          },
        ),
    );
  return {
    add: async (key, addition) =>
      isPlain(addition) ? add(key, addition) : lacks("additions to a state but of one", channel),
    // Two exchanges, because the service may take pipelined requests in any order.
    async addAndReach(key, target, mutation) {
      if (typeof target !== "number") return lacks("declared targets and rounds", channel);
      if (!isPlain(mutation)) return lacks("additions to a state but of one", channel);
      const began = performance.now();
      const seq = await add(key, mutation);
      await reach(key, target, remaining(mutation, began), mutation.timeoutMs);
      return seq;
    },
    reach: (key, target, wait = {}) =>
      typeof target === "number"
        ? reach(key, target, wait)
        : lacks("declared targets and rounds", channel),
    declare: () => lacks("declared targets and rounds", channel),
    declared: () => lacks("declared targets and rounds", channel),
    read: () => lacks("the count of a state", channel),
    contributors: () => lacks("request ids", channel),
  };
}

function isPlain({ by = 1, onlyIf }: CounterAddition): boolean {
  return by === 1 && onlyIf === undefined;
}

function logs(channel: Channel): Logs<string> {
  const shared = new SharedLogs((key, after, sink) => subscribe(channel, key, after, sink));
  return {
    async append(key, json, mutation) {
      const what = `publish on ${nameInKey(key)}`;
      checkJson(what, json);
      checkGoFrame(what, json);
      const body = `{"topic":${quote(key)},"payload":${json}}`;
      return write(channel, mutation, what, "publish", body);
    },
    read: (key, follow) => shared.read(key, follow),
    collect: (key, count, wait) => shared.collect(key, count, wait),
    // A subscription does not say where the entries of now end.
    snapshot: () => lacks("a snapshot of a topic", channel),
  };
}

function records(channel: Channel): Records {
  return { write: () => lacks("records", channel), read: () => lacks("records", channel) };
}

function registers(channel: Channel): Registers {
  const refuse = (): Promise<never> => lacks("registers", channel);
  return {
    read: refuse,
    write: refuse,
    add: refuse,
    async *watch() {
      yield await refuse();
    },
  };
}

function rates(channel: Channel): Rates {
  const refuse = (): Promise<never> => lacks("rates", channel);
  return { configure: refuse, reserve: refuse, refund: refuse };
}

function queues(channel: Channel): Queues {
  const refuse = (): Promise<never> => lacks("queues", channel);
  return {
    put: refuse,
    take: refuse,
    settle: refuse,
    extend: refuse,
    remove: refuse,
    changed: refuse,
    inspect: refuse,
    deadLetters: refuse,
  };
}

export async function lacks(primitive: string, { name }: Channel): Promise<never> {
  throw new UnsupportedPrimitiveError(primitive, `the Testground sync service at ${name}`);
}

/** A request that counts. It is never sent again: the service could not tell, and would count it twice. */
function write(
  channel: Channel,
  wait: Wait,
  what: string,
  kind: "publish" | "signal_entry",
  body: string,
): Promise<number> {
  return exchange(channel, wait, {
    body: () => `"${kind}":${body}`,
    read: (frame) => wholeIn(frameIn(frame, kind), "seq"),
    describe: (ms) => `${what}: ${channel.name} did not answer within ${ms} ms`,
    lost: (cause) => unknownOutcome(what, cause),
  });
}

function unknownOutcome(what: string, cause: SyncError): SyncError {
  if (cause.code !== "connection") return cause;
  const message = `${what}: it was sent, and the connection was lost before the answer; it may or may not count`;
  return new SyncError("outcome-unknown", message, { cause });
}

function subscribe(channel: Channel, key: string, after: number, sink: LogSink): () => void {
  let entries = 0;
  let skipped = after;
  const receive = (frame: Frame): void => {
    const error = errorIn(frame, channel.name);
    if (error !== undefined) throw error;
    const json = frame["subscribe"];
    // The service sends empty ones when it forgets an idle topic.
    if (typeof json !== "string" || json === "") return;
    if (++entries > skipped) sink.entries([json]);
  };
  const body = (): string => {
    // Every subscription begins with the first entry.
    skipped = Math.max(after, entries);
    entries = 0;
    return `"subscribe":{"topic":${quote(key)}}`;
  };
  const id = channel.send({ body, receive, fail: sink.fail });
  return () => channel.cancel(id);
}

/** The payload becomes a part of the frame: a broken one would end the connection for everybody. */
function checkJson(what: string, json: string): void {
  try {
    JSON.parse(json);
  } catch (cause) {
    throw new SyncError("invalid-payload", `${what}: not JSON: ${json.slice(0, 80)}`, { cause });
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}
