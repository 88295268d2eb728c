import { countTimeout, nameInKey } from "../describe.ts";
import { auxiliaryKey } from "../keys.ts";
import type { Counters, Mutation } from "../store.ts";
import type { Wait } from "../wait.ts";
import { asArray, asNumber, asText } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import { ADD, CONTRIBUTORS, COUNT } from "./scripts.ts";

export function redisCounters(run: RunAccess): Counters<string> {
  const { calls, scripts, growth } = run;
  const add = async (key: string, requestId: string, target: number) => {
    const keys = [key, auxiliaryKey("req", key), auxiliaryKey("tgt", key)] as const;
    const reply = await scripts.runAnnouncing(ADD, keys, [requestId, target]);
    const [seq, have] = [asNumber(reply[0]), asNumber(reply[1])];
    growth.advance(key, have);
    return { seq, have };
  };
  const late = (key: string, target: number) => (ms: number) =>
    countTimeout(key, growth.heard(key), target, ms) + scripts.connection.trouble;
  return {
    add: (key, mutation) =>
      calls.run(mutation, run.writeTimeout(nameInKey(key)), async () => {
        const { seq } = await add(key, mutation.requestId, 0);
        return seq;
      }),
    addAndReach: (key, target, mutation: Mutation) =>
      calls.run(mutation, late(key, target), async (stop) => {
        await growth.listen(key, "GET");
        const { seq, have } = await add(key, mutation.requestId, target);
        if (have < target) await growth.wait(key, target, stop);
        return seq;
      }),
    reach: (key, target, wait: Wait = {}) =>
      calls.run(wait, late(key, target), (stop) => growth.reach(key, "GET", target, stop)),
    read: (key, wait: Wait = {}) =>
      calls.run(wait, run.readTimeout(nameInKey(key)), async () => {
        const [count] = await scripts.run(COUNT, [key]);
        return asNumber(count);
      }),
    contributors: (key, wait: Wait = {}) =>
      calls.run(wait, run.readTimeout(nameInKey(key)), async () => {
        const [ids] = await scripts.run(CONTRIBUTORS, [auxiliaryKey("req", key)]);
        return asArray(ids).map(asText);
      }),
  };
}
