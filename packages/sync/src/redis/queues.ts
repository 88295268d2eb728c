import { queueTimeout, shapeMismatch } from "../atoms/queue-errors.ts";
import type { PutOutcome, QueuedItem, QueueShape, Queues, Taken } from "../atoms/queues.ts";
import type { Settled } from "../atoms/settled.ts";
import { nameInKey } from "../describe.ts";
import { auxiliaryKey, channelOf } from "../keys.ts";
import type { Wait } from "../wait.ts";
import { EXTEND_ITEMS, PUT_ITEM, SETTLE_ITEM, TAKE_ITEMS } from "./queue-item-scripts.ts";
import { DEAD_LETTERS, QUEUE_SIZES, REMOVE_ITEM } from "./queue-view-scripts.ts";
import { asArray, asNumber, asText } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import type { Script } from "./scripts.ts";

interface Request {
  readonly requestId?: string;
  readonly settled?: Settled | "" | undefined;
  readonly shape?: QueueShape;
  readonly args?: readonly (string | number)[];
}

/** Items by which replies come as one flat list. */
const TAKEN_PARTS = 4;
const LETTER_PARTS = 3;

export function redisQueues(run: RunAccess): Queues {
  const { calls, scripts, growth } = run;
  const ask = async (
    script: Script,
    key: string,
    { requestId = "", settled = "", shape = ANY, args = [] }: Request,
  ): Promise<readonly unknown[]> => {
    const keys = keysOf(key);
    const declared = [shape.capacity, shape.maxDeliveries];
    const given = [channelOf(keys[2]), requestId, ...declared, settled, ...args];
    const [isOther, ...says] = await scripts.runAnnouncing(script, keys, given);
    if (isOther !== 1) return says;
    const [capacity, maxDeliveries] = says.map(asNumber);
    throw shapeMismatch(key, { capacity: capacity ?? 0, maxDeliveries: maxDeliveries ?? 0 }, shape);
  };
  const write = <T>(
    script: Script,
    key: string,
    request: Request & Wait,
    read: (says: readonly unknown[]) => T,
  ): Promise<T> =>
    calls.run(request, run.writeTimeout(nameInKey(key)), async () =>
      read(await ask(script, key, request)),
    );
  /** What may come with many large items. */
  const large = <T>(
    script: Script,
    key: string,
    request: Request & Wait,
    read: (says: readonly unknown[]) => T,
  ): Promise<T> =>
    calls.run(request, run.writeTimeout(nameInKey(key)), async () =>
      read(await scripts.connection.large.pass(() => ask(script, key, request))),
    );
  return {
    put: (key, { id, json, priority, delayMs, ...put }) =>
      write(PUT_ITEM, key, { ...put, args: [id, json, priority, delayMs] }, outcomeIn),
    take: (key, { most, leaseMs, ...take }) =>
      large(TAKE_ITEMS, key, { ...take, args: [most, leaseMs] }, takenIn),
    settle: (key, { id, token, as, delayMs, ...settle }) =>
      write(SETTLE_ITEM, key, { ...settle, args: [id, token, as, delayMs] }, ([is]) => is === 1),
    extend: (key, { items, leaseMs, ...extend }) => {
      const args = [leaseMs, ...items.flatMap(({ id, token }) => [id, token])];
      return write(EXTEND_ITEMS, key, { ...extend, args }, ([held]) =>
        asArray(held).map((is) => is === 1),
      );
    },
    remove: (key, { id, ...remove }) =>
      write(REMOVE_ITEM, key, { ...remove, args: [id] }, ([is]) => is === 1),
    changed: (key, what, after, wait: Wait = {}) => {
      const changes = what === "items" ? key : auxiliaryKey("spc", key);
      const late = (ms: number): string => queueTimeout(key, what, ms) + scripts.connection.trouble;
      return calls.run(wait, late, (stop) => growth.reach(changes, "GET", after + 1, stop));
    },
    inspect: (key, wait = {}) =>
      write(QUEUE_SIZES, key, wait, (says) => {
        const [ready = 0, delayed = 0, taken = 0, dead = 0] = says.map(asNumber);
        return { ready, delayed, taken, dead };
      }),
    deadLetters: (key, wait = {}) =>
      large(DEAD_LETTERS, key, wait, ([letters]) =>
        inParts(letters, LETTER_PARTS).map(([id, json, deliveries]) => ({
          id: asText(id),
          json: asText(json),
          deliveries: asNumber(deliveries),
        })),
      ),
  };
}

const ANY: QueueShape = { capacity: 0, maxDeliveries: 0 };

function keysOf(key: string): readonly [string, string, string, ...string[]] {
  const space = auxiliaryKey("spc", key);
  const parts = ["info", "item", "que", "due", "hold", "dead", "req"] as const;
  return [
    key,
    auxiliaryKey("tgt", key),
    space,
    auxiliaryKey("tgt", space),
    ...parts.map((part) => auxiliaryKey(part, key)),
  ];
}

function outcomeIn([outcome, changes]: readonly unknown[]): PutOutcome {
  if (outcome === 3) return { type: "full", changes: asNumber(changes) };
  return { type: outcome === 1 ? "added" : "known" };
}

function takenIn([taken, changes, nextMs]: readonly unknown[]): Taken {
  const items = inParts(taken, TAKEN_PARTS).map(([id, json, token, deliveries]): QueuedItem => {
    return {
      id: asText(id),
      json: asText(json),
      token: asNumber(token),
      deliveries: asNumber(deliveries),
    };
  });
  const next = asNumber(nextMs);
  return { items, changes: asNumber(changes), nextMs: next < 0 ? undefined : next };
}

function inParts(flat: unknown, size: number): readonly (readonly unknown[])[] {
  const parts = asArray(flat);
  return Array.from({ length: parts.length / size }, (_, i) =>
    parts.slice(i * size, (i + 1) * size),
  );
}
