import { declaredOtherwise, endOfRound } from "../atoms/counter-target.ts";
import type { CounterAddition, Counters, Target } from "../atoms/store.ts";
import { countTimeout, declaredTimeout, nameInKey } from "../describe.ts";
import { auxiliaryKey } from "../keys.ts";
import type { Wait } from "../wait.ts";
import { ADD, DECLARE } from "./counter-scripts.ts";
import { asArray, asNumber, asText } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import { CONTRIBUTORS, COUNT } from "./scripts.ts";

export function redisCounters(run: RunAccess): Counters<string> {
  const { calls, scripts, growth } = run;
  const add = async (key: string, addition: CounterAddition, target: Target) => {
    const { requestId, by = 1, settled = "" } = addition;
    const what = [requestId, targetText(target), by, remainderText(addition)];
    const args = [...what, settled, growth.inbox];
    const reply = await scripts.runAnnouncing(ADD, keysOf(key), args);
    const [seq, have, goal] = [asNumber(reply[0]), asNumber(reply[1]), asNumber(reply[2])];
    growth.advance(key, have);
    return { seq, have, goal };
  };
  const read = async (key: string): Promise<number> => {
    const [count] = await scripts.run(COUNT, [key]);
    return asNumber(count);
  };
  /** Waits for the declaration. What is declared once stays so under one epoch. */
  const declaration = async (key: string, stop: AbortSignal): Promise<number> => {
    const at = auxiliaryKey("dcl", key);
    if (growth.heard(at) === 0 || scripts.epoch === "") await growth.reach(at, "GET", 1, stop);
    return growth.heard(at) - 1;
  };
  const goalOf = async (key: string, target: Target, stop: AbortSignal): Promise<number> => {
    if (typeof target === "number") return target;
    return target === "declared"
      ? declaration(key, stop)
      : endOfRound(await read(key), target.roundOf);
  };
  const late = (key: string, goal: () => number | undefined) => (ms: number) => {
    const target = goal();
    const what =
      target === undefined
        ? declaredTimeout(key, ms)
        : countTimeout(key, growth.heard(key), target, ms);
    return what + scripts.connection.trouble;
  };
  return {
    add: (key, addition) =>
      calls.run(addition, run.writeTimeout(nameInKey(key)), async () => {
        const { seq } = await add(key, addition, 0);
        return seq;
      }),
    addAndReach: (key, target, addition) => {
      let known = typeof target === "number" ? target : undefined;
      const describe = late(key, () => known);
      return calls.run(addition, describe, async (stop) => {
        await growth.listen(key, "GET");
        const { seq, have, goal } = await add(key, addition, target);
        if (goal >= 0) {
          known = goal;
          if (have < goal) await growth.wait(key, goal, stop);
          return seq;
        }
        known = await declaration(key, stop);
        await growth.reach(key, "GET", known, stop);
        return seq;
      });
    },
    reach: (key, target, wait: Wait = {}) => {
      let known = typeof target === "number" ? target : undefined;
      const describe = late(key, () => known);
      return calls.run(wait, describe, async (stop) => {
        known = await goalOf(key, target, stop);
        await growth.reach(key, "GET", known, stop);
      });
    },
    declare: (key, target, mutation) =>
      calls.run(mutation, run.writeTimeout(nameInKey(key)), async () => {
        const at = auxiliaryKey("dcl", key);
        const keys = [at, auxiliaryKey("tgt", at)] as const;
        const [found] = await scripts.runAnnouncing(DECLARE, keys, [target + 1]);
        const declared = asNumber(found) - 1;
        growth.advance(at, declared + 1);
        if (declared !== target) throw declaredOtherwise(key, declared, target);
      }),
    declared: (key, wait: Wait = {}) =>
      calls.run(wait, run.readTimeout(nameInKey(key)), async () => {
        const declared = (await read(auxiliaryKey("dcl", key))) - 1;
        return declared < 0 ? undefined : declared;
      }),
    read: (key, wait: Wait = {}) =>
      calls.run(wait, run.readTimeout(nameInKey(key)), () => read(key)),
    contributors: (key, wait: Wait = {}) =>
      calls.run(wait, run.readTimeout(nameInKey(key)), async () => {
        const [ids] = await scripts.run(CONTRIBUTORS, [auxiliaryKey("req", key)]);
        return asArray(ids)
          .map(asText)
          .filter((id) => !id.startsWith(":"));
      }),
  };
}

function keysOf(key: string): readonly [string, ...string[]] {
  return [key, auxiliaryKey("req", key), auxiliaryKey("tgt", key), auxiliaryKey("dcl", key)];
}

function targetText(target: Target): number | string {
  return typeof target === "object" ? `round:${target.roundOf}` : target;
}

function remainderText({ onlyIf }: CounterAddition): string {
  if (onlyIf === undefined) return "";
  return onlyIf === "even" ? "0" : "1";
}
