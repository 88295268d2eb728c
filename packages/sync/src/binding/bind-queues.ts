import { MAX_PRIORITY } from "../atoms/queue-limits.ts";
import type { QueueShape, Queues } from "../atoms/queues.ts";
import { SyncError } from "../error.ts";
import { queueKey } from "../keys.ts";
import { checkName, checkValue } from "../limits.ts";
import { type NamespaceWaits, until } from "./namespace-waits.ts";

const LONGEST_MS = 365 * 24 * 60 * 60 * 1000;
const MOST_TAKEN = 100;
const MOST_EXTENDED = 1_000;

/** Queues of one run, by name: arguments are checked, and closing ends the waits. */
export function bindQueues(queues: Queues, { base, closing, requests }: NamespaceWaits): Queues {
  const full = (name: string): string => {
    checkName("queue", name);
    return queueKey(base, name);
  };
  return {
    async put(name, put) {
      checkName(`queue "${name}": the item`, put.id);
      checkValue(`queue "${name}"`, put.json);
      checkShape(name, put.shape);
      check(name, "the priority", put.priority, -MAX_PRIORITY, MAX_PRIORITY);
      check(name, "the delay in ms", put.delayMs, 0, LONGEST_MS);
      const outcome = await requests.open(full(name), put, (sent) =>
        until(closing, sent, (p) => queues.put(full(name), p)),
      );
      // One that found no room is tried again.
      if (outcome.type !== "full") requests.over(full(name), put.requestId);
      return outcome;
    },
    async take(name, take) {
      checkShape(name, take.shape);
      check(name, "the number of items", take.most, 1, MOST_TAKEN);
      check(name, "the lease in ms", take.leaseMs, 1, LONGEST_MS);
      return requests.send(full(name), take, (sent) =>
        until(closing, sent, (t) => queues.take(full(name), t)),
      );
    },
    async settle(name, settle) {
      checkShape(name, settle.shape);
      check(name, "the delay in ms", settle.delayMs, 0, LONGEST_MS);
      return requests.send(full(name), settle, (sent) =>
        until(closing, sent, (s) => queues.settle(full(name), s)),
      );
    },
    async extend(name, extend) {
      checkShape(name, extend.shape);
      check(name, "the number of items", extend.items.length, 0, MOST_EXTENDED);
      check(name, "the lease in ms", extend.leaseMs, 1, LONGEST_MS);
      return until(closing, extend, (e) => queues.extend(full(name), e));
    },
    remove: async (name, remove) =>
      requests.send(full(name), remove, (sent) =>
        until(closing, sent, (r) => queues.remove(full(name), r)),
      ),
    changed: async (name, what, after, wait = {}) =>
      until(closing, wait, (w) => queues.changed(full(name), what, after, w)),
    inspect: async (name, wait = {}) => until(closing, wait, (w) => queues.inspect(full(name), w)),
    deadLetters: async (name, wait = {}) =>
      until(closing, wait, (w) => queues.deadLetters(full(name), w)),
  };
}

function checkShape(name: string, { capacity, maxDeliveries }: QueueShape): void {
  check(name, "the capacity", capacity, 0, Number.MAX_SAFE_INTEGER);
  check(name, "the number of deliveries", maxDeliveries, 0, Number.MAX_SAFE_INTEGER);
}

function check(name: string, what: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new SyncError(
    "range",
    `queue "${name}": ${what} is ${value}; it must be a whole number from ${least} to ${most}`,
  );
}
