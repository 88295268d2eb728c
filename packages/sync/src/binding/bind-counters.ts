import type { CounterAddition, CounterKey, Counters, Target } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { counterKey } from "../keys.ts";
import { checkName, checkTarget } from "../limits.ts";
import { type NamespaceWaits, until } from "./namespace-waits.ts";

/** Counters of one run, by name: arguments are checked, and closing ends the waits. */
export function bindCounters(
  counters: Counters<string>,
  { base, closing, requests }: NamespaceWaits,
): Counters<CounterKey> {
  const full = (key: CounterKey): string => {
    checkName("state", key.name);
    return counterKey(base, key);
  };
  return {
    async add(key, addition) {
      checkAddition(key, addition);
      return requests.send(full(key), addition, (sent) =>
        until(closing, sent, (m) => counters.add(full(key), m)),
      );
    },
    async addAndReach(key, target, addition) {
      checkAddition(key, addition);
      checkGoal(key, target);
      return requests.send(full(key), addition, (sent) =>
        until(closing, sent, (m) => counters.addAndReach(full(key), target, m)),
      );
    },
    async reach(key, target, wait = {}) {
      checkGoal(key, target);
      if (target === 0) return;
      await until(closing, wait, (w) => counters.reach(full(key), target, w));
    },
    async declare(key, target, mutation) {
      checkTarget(`state "${key.name}"`, target);
      await until(closing, mutation, (m) => counters.declare(full(key), target, m));
    },
    declared: (key, wait = {}) => until(closing, wait, (w) => counters.declared(full(key), w)),
    read: (key, wait = {}) => until(closing, wait, (w) => counters.read(full(key), w)),
    contributors: (key, wait = {}) =>
      until(closing, wait, (w) => counters.contributors(full(key), w)),
  };
}

function checkGoal({ name }: CounterKey, target: Target): void {
  if (typeof target === "number") checkTarget(`state "${name}"`, target);
  else if (target !== "declared") checkPositive(`state "${name}": the round`, target.roundOf);
}

function checkAddition({ name }: CounterKey, { by = 1 }: CounterAddition): void {
  checkPositive(`state "${name}": the addition`, by);
}

function checkPositive(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new SyncError("range", `${what} is ${value}; it must be a whole number, 1 or more`);
}
