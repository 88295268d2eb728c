export type { ClaimOf, ClaimOptions, Claims, ClaimView, Grant } from "./atoms/claims.ts";
export type { Feature } from "./atoms/features.ts";
export type {
  GroupChange,
  GroupCount,
  GroupMember,
  GroupPage,
  Groups,
  GroupView,
  Joined,
} from "./atoms/groups.ts";
export type {
  PutOutcome,
  QueuedItem,
  QueueExtend,
  QueuePut,
  QueueRemove,
  QueueSettle,
  QueueShape,
  Queues,
  QueueTake,
  QueueView,
  Settlement,
  Taken,
} from "./atoms/queues.ts";
export type { Due, Rate, RateSetting, Rates, Reservation } from "./atoms/rates.ts";
export type { Session } from "./atoms/session.ts";
export type {
  Atoms,
  CounterAddition,
  CounterKey,
  Counters,
  Entry,
  Follow,
  LogKey,
  Logs,
  Mutation,
  Namespace,
  OpenOptions,
  Records,
  Registers,
  RegisterWrite,
  Scope,
  Store,
  StoredRecord,
  Target,
  Versioned,
} from "./atoms/store.ts";
export { CountDownLatch } from "./barriers/count-down-latch.ts";
export { type Arrival, CyclicBarrier } from "./barriers/cyclic-barrier.ts";
export {
  DoubleBarrier,
  type DoubleBarrierOptions,
  type Inside,
} from "./barriers/double-barrier.ts";
export { Exchanger } from "./barriers/exchanger.ts";
export { type ChangeGate, type CloseGate, Gate, type GateView } from "./barriers/gate.ts";
export { type Published, SyncClient } from "./client.ts";
export {
  BrokenBarrierError,
  MissingMembersError,
  RunAbortedError,
  SessionLostError,
  StateLostError,
  SyncError,
  type SyncErrorCode,
  UnsupportedPrimitiveError,
  VersionConflictError,
} from "./error.ts";
export { MAX_VALUE_BYTES } from "./limits.ts";
export type { Lockable, LockOptions } from "./locks/claim-lock.ts";
export type { Leader } from "./locks/leader-announcements.ts";
export {
  type ElectionOptions,
  LeaderElection,
  type Leadership,
  type RunElection,
} from "./locks/leader-election.ts";
export type { Lease } from "./locks/lease.ts";
export type { MultiLease } from "./locks/multi-lease.ts";
export { MultiLock } from "./locks/multi-lock.ts";
export { Mutex, type MutexOptions } from "./locks/mutex.ts";
export { type OnceOptions, once } from "./locks/once.ts";
export { ReadWriteLock, type ReadWriteView, type WriteLease } from "./locks/read-write-lock.ts";
export { Semaphore, type SemaphoreOptions } from "./locks/semaphore.ts";
export { Member } from "./membership/member.ts";
export type { Members, SignalOptions } from "./membership/members.ts";
export {
  type MemberState,
  Membership,
  type MembershipChange,
  type MembershipOptions,
} from "./membership/membership.ts";
export { MemoryStore, type MemoryStoreOptions } from "./memory/store.ts";
export { openStore } from "./open-store.ts";
export type { QueueItem, RetryOptions } from "./queue/queue-item.ts";
export {
  type ConsumeOptions,
  type DeadLetter,
  type PutOptions,
  WorkQueue,
  type WorkQueueOptions,
} from "./queue/work-queue.ts";
export type { StoreStatus } from "./store-status.ts";
export { type Topic, topic } from "./topic.ts";
export { AtomicLong } from "./values/atomic-long.ts";
export { IdGenerator, type IdGeneratorOptions } from "./values/id-generator.ts";
export { RateLimiter, type RateOptions } from "./values/rate-limiter.ts";
export { type SetOptions, SharedValue, type VersionedValue } from "./values/shared-value.ts";
export type { Wait } from "./wait.ts";
