import { notANumber, sumOutOfRange } from "../atoms/register-sum.ts";
import type { Registers, Versioned } from "../atoms/store.ts";
import { nameInKey, registerTimeout } from "../describe.ts";
import { VersionConflictError } from "../error.ts";
import { auxiliaryKey } from "../keys.ts";
import { watchLatest } from "../values/watch-latest.ts";
import type { Wait } from "../wait.ts";
import { ADD_TO_REGISTER, READ_REGISTER, WRITE_REGISTER } from "./register-scripts.ts";
import { asNumber, asText } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import { SingleFlight } from "./single-flight.ts";

export function redisRegisters(run: RunAccess): Registers {
  const { calls, scripts, growth } = run;
  const flights = new SingleFlight<Versioned | undefined>();
  const read = async (key: string): Promise<Versioned | undefined> => {
    const keys = [key, auxiliaryKey("val", key)] as const;
    const [version, json] = await scripts.runLarge(READ_REGISTER, keys, []);
    return asVersioned(version, json);
  };
  /** Watchers that were woken together read together. What they share is never older than what woke them. */
  const newer = async (key: string, after: number): Promise<Versioned | undefined> => {
    const found = await flights.ask(`${after}|${key}`, () => read(key));
    return found !== undefined && found.version > after ? found : undefined;
  };
  return {
    read: (key, wait: Wait = {}) =>
      calls.run(wait, run.readTimeout(nameInKey(key)), () => read(key)),
    write: (key, json, { requestId, ifVersion, settled = "", ...wait }) =>
      calls.run(wait, run.writeTimeout(nameInKey(key)), async () => {
        const args = [requestId, json, ifVersion ?? "", settled];
        const write = (): Promise<readonly unknown[]> =>
          scripts.runAnnouncing(WRITE_REGISTER, keysOf(key), args);
        // What is in the way comes back whole.
        const answer = await (ifVersion === undefined
          ? write()
          : scripts.connection.large.pass(write));
        return writtenIn(key, answer, ifVersion ?? 0);
      }),
    add: (key, by, { requestId, settled = "", ...wait }) =>
      calls.run(wait, run.writeTimeout(nameInKey(key)), async () => {
        const args = [requestId, by, settled];
        return sumIn(key, await scripts.runAnnouncing(ADD_TO_REGISTER, keysOf(key), args), by);
      }),
    watch: (key, follow) =>
      watchLatest(follow, (after, wait) => {
        const late = (ms: number): string =>
          registerTimeout(key, after, ms) + scripts.connection.trouble;
        return calls.run(wait, late, async (stop) => {
          const there = await newer(key, after);
          if (there !== undefined) return there;
          await growth.reach(key, "GET", after + 1, stop);
          return newer(key, after);
        });
      }),
  };
}

function keysOf(key: string): readonly [string, ...string[]] {
  return [key, auxiliaryKey("val", key), auxiliaryKey("req", key), auxiliaryKey("tgt", key)];
}

function asVersioned(version: unknown, json: unknown): Versioned | undefined {
  if (json === null || json === undefined) return undefined;
  return { version: asNumber(version), json: asText(json) };
}

function writtenIn(
  key: string,
  [isWritten, version, json]: readonly unknown[],
  expected: number,
): { readonly version: number } {
  if (isWritten === 1) return { version: asNumber(version) };
  throw new VersionConflictError(key, expected, asVersioned(version, json));
}

function sumIn(key: string, [outcome, found]: readonly unknown[], by: number): number {
  const text = asText(found);
  if (outcome === 1) throw notANumber(key, text);
  if (outcome === 2) throw sumOutOfRange(key, text, by);
  return Number(text);
}
