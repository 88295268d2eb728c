import {
  type Claims,
  type CounterKey,
  type Counters,
  type Feature,
  type Groups,
  type LogKey,
  type Logs,
  type Namespace,
  type Queues,
  type Rates,
  type Records,
  type Registers,
  type Scope,
  type Session,
  type Store,
  UnsupportedPrimitiveError,
} from "@groundplan/sync";
import type { Line } from "./line.ts";
import { SimulatedCounters } from "./simulated-counters.ts";
import { SimulatedGroups } from "./simulated-groups.ts";
import { SimulatedLogs } from "./simulated-logs.ts";
import { SimulatedRegisters } from "./simulated-registers.ts";
import { type SimulatedStore, STORE_NAME, type StoreKind } from "./simulated-store.ts";

const SCOPE: Scope = { run: "simulation", plan: "simulation", case: "simulation" };

/** One instance's view of the simulated store: what choreographies use of a namespace. */
export class SimulatedNamespace implements Namespace {
  readonly scope: Scope = SCOPE;
  readonly store: Store;
  readonly counters: Counters<CounterKey>;
  readonly logs: Logs<LogKey>;
  readonly registers: Registers;
  readonly groups: Groups;
  readonly claims: Claims = CLAIMS;
  readonly records: Records = RECORDS;
  readonly rates: Rates = RATES;
  readonly queues: Queues = QUEUES;
  readonly #name: string;
  #requests = 0;

  constructor(line: Line, store: SimulatedStore, name: string) {
    this.#name = name;
    this.store = STORES[store.kind];
    this.counters = new SimulatedCounters(line, store);
    this.logs = new SimulatedLogs(line, store);
    this.registers = new SimulatedRegisters(line, store);
    this.groups = new SimulatedGroups(line, store, name);
  }

  async session(): Promise<Session> {
    throw new UnsupportedPrimitiveError("sessions of one's own", STORE_NAME);
  }

  requestId(): string {
    return `${this.#name}:${++this.#requests}`;
  }

  async drop(): Promise<void> {}

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

const CLAIMS = none<Claims>("claims");
const RECORDS = none<Records>("records");
const RATES = none<Rates>("rates");
const QUEUES = none<Queues>("queues");

const FEATURES: Readonly<Record<StoreKind, readonly Feature[]>> = {
  sets: ["counters", "logs", "requestIds", "registers", "sessions", "groups"],
  counters: ["counters", "logs"],
};

const STORES: Readonly<Record<StoreKind, Store>> = {
  sets: storeOf("sets"),
  counters: storeOf("counters"),
};

/** Of the store itself, a choreography asks only what it can do. */
function storeOf(kind: StoreKind): Store {
  const known = { name: STORE_NAME, features: new Set(FEATURES[kind]) };
  return Object.assign(Object.create(none<object>("stores within it")), known) as Store;
}

/** Something the simulated store does not carry: whatever is asked of it is refused. */
function none<T extends object>(primitive: string): T {
  const refuse = async (): Promise<never> => {
    throw new UnsupportedPrimitiveError(primitive, STORE_NAME);
  };
  return new Proxy({}, { get: () => refuse }) as T;
}
