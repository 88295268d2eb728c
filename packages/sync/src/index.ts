export { type Published, SyncClient } from "./client.ts";
export {
  RunAbortedError,
  StateLostError,
  SyncError,
  type SyncErrorCode,
  UnsupportedPrimitiveError,
} from "./error.ts";
export { MAX_VALUE_BYTES } from "./limits.ts";
export { MemoryStore, type MemoryStoreOptions } from "./memory/store.ts";
export { openStore } from "./open-store.ts";
export type {
  Atoms,
  CounterKey,
  Counters,
  Entry,
  Feature,
  Follow,
  LogKey,
  Logs,
  Mutation,
  Namespace,
  Records,
  Scope,
  Store,
  StoredRecord,
} from "./store.ts";
export { type Topic, topic } from "./topic.ts";
export type { Wait } from "./wait.ts";
