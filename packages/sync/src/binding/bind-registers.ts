import type { Registers } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { registerKey } from "../keys.ts";
import { checkName, checkValue } from "../limits.ts";
import { follower, type NamespaceWaits, until } from "./namespace-waits.ts";

/** Registers of one run, by name: arguments are checked, and closing ends the watches. */
export function bindRegisters(
  registers: Registers,
  { base, closing, requests }: NamespaceWaits,
): Registers {
  const full = (name: string): string => {
    checkName("register", name);
    return registerKey(base, name);
  };
  return {
    read: (name, wait = {}) => until(closing, wait, (w) => registers.read(full(name), w)),
    async write(name, json, write) {
      checkValue(`register "${name}"`, json);
      checkVersion(name, write.ifVersion);
      return requests.send(full(name), write, (sent) =>
        until(closing, sent, (w) => registers.write(full(name), json, w)),
      );
    },
    async add(name, by, mutation) {
      checkAddition(name, by);
      return requests.send(full(name), mutation, (sent) =>
        until(closing, sent, (m) => registers.add(full(name), by, m)),
      );
    },
    watch: (name, follow = {}) =>
      follower(closing, follow, (f) => {
        checkVersion(name, f.after);
        return registers.watch(full(name), f);
      }),
  };
}

function checkVersion(name: string, version: number | undefined): void {
  if (version === undefined || (Number.isSafeInteger(version) && version >= 0)) return;
  throw new SyncError(
    "range",
    `register "${name}": the version is ${version}; it must be a whole number, 0 or more`,
  );
}

function checkAddition(name: string, by: number): void {
  if (Number.isSafeInteger(by)) return;
  throw new SyncError(
    "range",
    `register "${name}": ${by} cannot be added; give a whole number within 2^53 - 1`,
  );
}
