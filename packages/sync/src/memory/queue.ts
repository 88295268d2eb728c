import { queueTimeout } from "../atoms/queue-errors.ts";
import type { Queues } from "../atoms/queues.ts";
import type { Thresholds } from "../thresholds.ts";
import { changesKey, type QueueState } from "./queue-state.ts";

export function memoryQueues(state: QueueState, thresholds: Thresholds, guard: () => void): Queues {
  const guarded =
    <A extends readonly unknown[], R>(operation: (...args: A) => R) =>
    async (...args: A): Promise<R> => {
      guard();
      return operation(...args);
    };
  return {
    put: guarded((key, put) => state.shaped(key, put.shape).put(put)),
    take: guarded((key, take) => state.shaped(key, take.shape).take(take)),
    settle: guarded((key, settle) => state.shaped(key, settle.shape).settle(settle)),
    extend: guarded((key, extend) => state.shaped(key, extend.shape).extend(extend)),
    remove: guarded((key, remove) => state.queue(key).remove(remove)),
    inspect: guarded((key) => state.queue(key).view()),
    deadLetters: guarded((key) => state.queue(key).deadLetters()),
    async changed(key, what, after, wait = {}) {
      guard();
      if (state.changes(key, what) > after) return;
      await thresholds.wait(changesKey(key, what), after + 1, wait, (ms) =>
        queueTimeout(key, what, ms),
      );
    },
  };
}
