import { randomUUID } from "node:crypto";
import { FEATURES, type Feature } from "../atoms/features.ts";
import type { Liveness } from "../atoms/liveness.ts";
import type { Atoms, Namespace, OpenOptions, Scope, Store } from "../atoms/store.ts";
import { bindNamespace } from "../binding/namespace.ts";
import { checkSessionTtl } from "../binding/session-keeper.ts";
import { StateLostError, SyncError } from "../error.ts";
import { baseKey, belongsToRun, channelOf, metaKey } from "../keys.ts";
import { checkName } from "../limits.ts";
import { reportingLosses, type StoreStatus } from "../store-status.ts";
import type { Wait } from "../wait.ts";
import { Calls } from "./calls.ts";
import { RedisConnection } from "./connection.ts";
import { redisCounters } from "./counters.ts";
import { dropRun } from "./drop.ts";
import { foreignAtoms } from "./foreign-atoms.ts";
import { redisLogs } from "./logs.ts";
import { redisQueues } from "./queues.ts";
import { redisRates } from "./rates.ts";
import { Recheck } from "./recheck.ts";
import { redisRecords } from "./records.ts";
import { redisRegisters } from "./registers.ts";
import { asText } from "./reply.ts";
import { RunAccess } from "./run-access.ts";
import { RunLiveness } from "./run-liveness.ts";
import { RunScripts } from "./run-scripts.ts";
import { OPEN } from "./scripts.ts";

export { type OldRun, type OldRuns, type OldRunsOptions, removeOldRuns } from "./old-runs.ts";

const RECHECK_MS = 5_000;

export interface RedisStoreOptions {
  /**
   * Milliseconds, on average, until what is waited for is asked again without having been announced; 5,000 unless
   * given. A foreign instance's signal may take that long to be noticed.
   */
  readonly recheckMs?: number;
  /** Called with the channel of each announcement; `false` loses it, as a network may. For tests. */
  readonly onNotify?: (channel: string) => boolean;
}

/** One run under one epoch, for the namespaces of this process that opened it. */
interface OpenRun {
  readonly access: RunAccess;
  readonly atoms: Atoms<string, string>;
  readonly liveness: RunLiveness;
  namespaces: number;
}

/**
 * A store in Redis 6.2 or later, with Testground's keys: instances of its SDK for Go may take part in a run.
 * One connection a process, which comes back by itself; what was sent is never counted twice.
 */
export class RedisStore implements Store {
  readonly features: ReadonlySet<Feature> = new Set(FEATURES);
  readonly foreign: Atoms<string, string>;
  readonly #connection: RedisConnection;
  readonly #calls: Calls;
  readonly #recheck: Recheck;
  readonly #foreignAccess: RunAccess;
  /** By epoch. */
  readonly #runs = new Map<string, OpenRun>();
  #closing: Promise<void> | undefined;

  /**
   * Connects to `redis://[user:password@]host[:port][/database]`, with TLS to `rediss://…`, to a socket
   * `redis+unix:///path`, to what Sentinels name by `redis+sentinel://host,host/primary`, or to a cluster by
   * `redis+cluster://host,host`; docs/redis.md has their parameters. Rejects with a `SyncError` `connection`: at once
   * when refused, after 5 s (`wait.timeoutMs`) when nothing answers. Closed by the caller.
   */
  static async connect(
    url: string,
    wait?: Wait,
    options: RedisStoreOptions = {},
  ): Promise<RedisStore> {
    return new RedisStore(await RedisConnection.open(url, wait), options);
  }

  private constructor(connection: RedisConnection, options: RedisStoreOptions) {
    const { recheckMs = RECHECK_MS, onNotify = () => true } = options;
    this.#connection = connection;
    this.#calls = new Calls(() => connection.failure);
    this.#recheck = new Recheck(
      recheckMs,
      () => this.#isAwaited,
      () => this.#askAgain(),
    );
    this.#foreignAccess = this.#access(new RunScripts(connection));
    this.foreign = foreignAtoms(atomsOf(this.#foreignAccess), connection.layout);
    connection.subscriptions.onRestored = () => this.#recheck.soon();
    connection.subscriptions.onMessage = (channel, message) => {
      if (onNotify(channel)) this.#announced(channel, message);
    };
  }

  get name(): string {
    return this.#connection.name;
  }

  async open(scope: Scope, { sessionTtlMs, ...wait }: OpenOptions = {}): Promise<Namespace> {
    for (const [what, name] of Object.entries(scope)) checkName(what, name);
    checkSessionTtl(sessionTtlMs);
    const base = baseKey(scope, this.#connection.layout);
    const late = this.#foreignAccess.readTimeout(`run "${scope.run}"`);
    const epoch = await this.#calls.run(wait, late, async () => {
      const [, found] = await this.#connection.run(OPEN, [metaKey(base)], [randomUUID()]);
      return asText(found);
    });
    const run = this.#join(base, epoch);
    const drop = (w: Wait = {}): Promise<void> => this.#drop(scope, epoch, w);
    const { layout } = this.#connection;
    const bound = bindNamespace({
      store: this,
      scope,
      atoms: run.atoms,
      liveness: this.#observed(run.liveness),
      sessionTtlMs,
      drop,
      layout,
    });
    let left = false;
    const close = async (): Promise<void> => {
      await bound.close();
      if (!left) this.#leave(epoch, run);
      left = true;
    };
    return { ...bound, close, [Symbol.asyncDispose]: close };
  }

  status(wait?: Wait): AsyncIterable<StoreStatus> {
    return this.#connection.status.feed.follow(wait);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#connection.status.close();
    this.#recheck.stop();
    const closed = new SyncError("closed", `${this.name} was closed`);
    const endings = [...this.#runs.values()].map(({ liveness }) => liveness.close(closed));
    this.#calls.end(closed);
    await Promise.all(endings);
    await this.#connection.close();
  }

  get #isAwaited(): boolean {
    const growths = this.#accesses().map(({ growth }) => growth);
    const livenesses = [...this.#runs.values()].map(({ liveness }) => liveness);
    return [...growths, ...livenesses].some(({ isAwaited }) => isAwaited);
  }

  #observed({ sessions, claims, groups }: RunLiveness): Liveness {
    const { status } = this.#connection;
    const watched = reportingLosses(sessions, () => status.lost());
    const trouble = (): SyncError | undefined => this.#connection.failure;
    return { sessions: { ...watched, trouble }, claims, groups };
  }

  #access(scripts: RunScripts): RunAccess {
    return new RunAccess(this.#calls, scripts, this.#recheck);
  }

  #accesses(): readonly RunAccess[] {
    return [this.#foreignAccess, ...[...this.#runs.values()].map(({ access }) => access)];
  }

  #join(base: string, epoch: string): OpenRun {
    const there = this.#runs.get(epoch);
    if (there !== undefined) {
      there.namespaces++;
      return there;
    }
    const scripts = new RunScripts(this.#connection, { meta: metaKey(base), epoch });
    const access = this.#access(scripts);
    const liveness = new RunLiveness({ run: access, base, recheck: this.#recheck });
    access.onLost = (error) => liveness.fail(error);
    const run = { access, atoms: atomsOf(access), liveness, namespaces: 1 };
    this.#runs.set(epoch, run);
    return run;
  }

  /** The last namespace of a run lets go of its channels; until then none is, because it would be wanted again. */
  #leave(epoch: string, run: OpenRun): void {
    if (--run.namespaces > 0) return;
    this.#runs.delete(epoch);
    const keys = [...run.access.growth.keys].filter(
      (key) => !this.#accesses().some(({ growth }) => growth.has(key)),
    );
    this.#connection.subscriptions.forget([...keys.map(channelOf), run.liveness.channel]);
  }

  async #drop(scope: Scope, epoch: string, wait: Wait): Promise<void> {
    const base = baseKey(scope, this.#connection.layout);
    const late = this.#foreignAccess.writeTimeout(`drop of run "${scope.run}"`);
    await this.#calls.run(wait, late, (stop) => dropRun(this.#connection, base, stop));
    this.#runs.get(epoch)?.access.fail(new StateLostError(this.name, epoch, ""));
    const keys = this.#accesses().flatMap(({ growth }) => [...growth.keys]);
    const dropped = keys.filter((key) => belongsToRun(base, key)).map(channelOf);
    const inbox = this.#runs.get(epoch)?.liveness.channel ?? [];
    this.#connection.subscriptions.forget(dropped.concat(inbox));
  }

  #announced(channel: string, message: string): void {
    for (const { liveness } of this.#runs.values()) {
      if (liveness.channel === channel) liveness.heard(message);
    }
    const key = channel.slice(channelOf("").length);
    const [epoch = "", count] = message.split("|");
    for (const { growth } of this.#accesses()) {
      if (growth.has(key)) growth.announced(key, epoch, Number(count));
    }
  }

  async #askAgain(): Promise<void> {
    const runs = [...this.#runs.values()];
    await Promise.all([
      ...this.#accesses().map(({ growth }) => growth.askAgain()),
      ...runs.map(({ liveness }) => liveness.askAgain()),
    ]);
  }
}

function atomsOf(access: RunAccess): Atoms<string, string> {
  return {
    counters: redisCounters(access),
    logs: redisLogs(access),
    records: redisRecords(access),
    registers: redisRegisters(access),
    rates: redisRates(access),
    queues: redisQueues(access),
  };
}
