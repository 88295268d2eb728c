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
    put: guarded((key, put) => state.put(key, put)),
    take: guarded((key, take) => state.take(key, take)),
    settle: guarded((key, settle) => state.settle(key, settle)),
    extend: guarded((key, extend) => state.extend(key, extend)),
    remove: guarded((key, remove) => state.remove(key, remove)),
    inspect: guarded((key) => state.view(key)),
    deadLetters: guarded((key) => state.deadLetters(key)),
    async changed(key, what, after, wait = {}) {
      guard();
      if (state.changes(key, what) > after) return;
      await thresholds.wait(changesKey(key, what), after + 1, wait, (ms) =>
        queueTimeout(key, what, ms),
      );
    },
  };
}
