import { type Namespace, type Scope, SyncClient, SyncError } from "@groundplan/sync";
import { RedisStore } from "@groundplan/sync/redis";
import { activityNamed } from "./activities/all.ts";
import { EXCLUDED, LAST_WISH } from "./activities/excluding.ts";
import { speakUntilDeath } from "./activities/mourning.ts";
import { Hang, type Instance } from "./activity.ts";
import { Random } from "./random.ts";
import type { Schedule, WorkerPlan } from "./schedule.ts";

/** Each operation's own deadline: longer than any fault and what it takes to get over it. */
const DEADLINE_MS = 25_000;
const GRACE_MS = 2_000;

export interface WorkerSpec {
  readonly url: string;
  readonly scope: Scope;
  readonly plan: WorkerPlan;
  readonly schedule: Pick<
    Schedule,
    "seed" | "recheckMs" | "sessionTtlMs" | "instances" | "activities"
  >;
}

/** One instance in one activity: what it noted, and what ended it early. */
export interface Observation {
  readonly activity: string;
  readonly instance: number;
  readonly notes: readonly unknown[];
  readonly error?: { readonly isHang: boolean; readonly code: string; readonly text: string };
}

export interface WorkerReport {
  readonly observations: readonly Observation[];
  readonly operations: number;
  /** The longest that one operation took. */
  readonly longestMs: number;
}

/** The run that an activity may abort. */
export function doomedScope(scope: Scope): Scope {
  return { ...scope, case: `${scope.case} to be aborted` };
}

/** Some of the instances of a schedule, on a store of their own. */
export class Worker {
  readonly #spec: WorkerSpec;
  readonly #store: RedisStore;
  readonly #namespace: Namespace;
  readonly #doomed: Namespace;
  #operations = 0;
  #longestMs = 0;

  static async open(spec: WorkerSpec): Promise<Worker> {
    const random = new Random(spec.schedule.seed + spec.url.length);
    const options = {
      recheckMs: spec.schedule.recheckMs,
      onNotify: () => !random.chance(spec.plan.deafness),
    };
    const store = await RedisStore.connect(spec.url, {}, options);
    const namespace = await store.open(spec.scope, { sessionTtlMs: spec.schedule.sessionTtlMs });
    const doomed = await store.open(doomedScope(spec.scope));
    return new Worker(spec, store, namespace, doomed);
  }

  private constructor(
    spec: WorkerSpec,
    store: RedisStore,
    namespace: Namespace,
    doomed: Namespace,
  ) {
    this.#spec = spec;
    this.#store = store;
    this.#namespace = namespace;
    this.#doomed = doomed;
  }

  async run(): Promise<WorkerReport> {
    const { activities } = this.#spec.schedule;
    const parts = this.#spec.plan.instances.flatMap((index) =>
      activities.map(({ name, rounds }) => this.#perform(name, rounds, index)),
    );
    const observations = await Promise.all(parts);
    return { observations, operations: this.#operations, longestMs: this.#longestMs };
  }

  /** Takes a permit with it, and publishes until the process is killed. */
  async speak(answered: (word: number) => void): Promise<never> {
    const { name, capacity } = EXCLUDED;
    await this.#namespace.claims.acquire(name, { capacity, requestId: LAST_WISH });
    const client = new SyncClient(this.#namespace);
    return speakUntilDeath((topic, word) => client.publish(topic, word), answered);
  }

  async close(): Promise<void> {
    await this.#namespace.close();
    await this.#doomed.close();
    await this.#store.close();
  }

  async #perform(name: string, rounds: number, index: number): Promise<Observation> {
    const notes: unknown[] = [];
    const seen = { activity: name, instance: index, notes };
    try {
      await activityNamed(name).perform(this.#instance(index, rounds), (note) => {
        notes.push(note);
      });
      return seen;
    } catch (error) {
      const code = error instanceof SyncError ? error.code : "";
      return { ...seen, error: { isHang: error instanceof Hang, code, text: String(error) } };
    }
  }

  #instance(index: number, rounds: number): Instance {
    const { seed, instances } = this.#spec.schedule;
    const random = new Random(seed * 1_000 + index);
    return {
      index,
      count: instances,
      rounds,
      random,
      namespace: this.#namespace,
      client: new SyncClient(this.#namespace),
      doomedRun: new SyncClient(this.#doomed),
      pause: () => new Promise((resolve) => setTimeout(resolve, random.between(0, 60))),
      do: (what, operation) => this.#do(what, () => operation({ timeoutMs: DEADLINE_MS })),
    };
  }

  async #do<T>(what: string, operation: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const hang = new Promise<never>((_, reject) => {
      const late = (): void => reject(new Hang(`${what} was not settled at its deadline`));
      timer = setTimeout(late, DEADLINE_MS + GRACE_MS);
    });
    try {
      return await Promise.race([operation(), hang]);
    } finally {
      clearTimeout(timer);
      this.#operations++;
      this.#longestMs = Math.max(this.#longestMs, performance.now() - begun);
    }
  }
}
