import type { RunEnv } from "./run-env.ts";

/** Testground's sync service forgets a topic after 30 minutes without an entry, and tells no subscriber. */
const EVERY_MS = 20 * 60_000;

/** Says now and then among the run's events that the instance is there, so that its last word is still listened to. */
export function keepRunEvents(env: RunEnv): Disposable {
  const timer = setInterval(() => {
    // Where it does not arrive, its terminal event will not either, and that is reported.
    env.recordStageStart("running").catch(() => {});
  }, EVERY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
