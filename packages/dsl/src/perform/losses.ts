import { type Namespace, SyncClient } from "@groundplan/sync";
import type { Definition } from "../definition.ts";
import type { Member } from "../member.ts";
import { survivorsNeeded, toleratesLoss } from "../tolerance.ts";
import type { Clock } from "./clock.ts";
import type { Company } from "./company.ts";
import { crewOf } from "./crew.ts";
import { LOSSES, type Loss, parseLoss, reportLost } from "./loss.ts";
import type { Report } from "./report.ts";

const REPORT_MS = 5_000;
/** One for all: an abort without a reason makes an error of its own, which takes time. */
const OVER = new Error("nobody listens any more");
const SILENT = "its process was not heard of for longer than its lease";

/** An instance of this process, to be told. */
interface Listener {
  readonly id: number;
  /** Another is lost. */
  hear(loss: Loss, member: Member): void;
  /** It is itself taken for lost. */
  oust(loss: Loss): void;
}

interface Options {
  readonly namespace: Namespace;
  readonly roles: Definition["roles"];
  readonly company: Company;
  readonly clock: Clock;
}

/**
 * The instances that a run has lost, in an order that is the same for all. One follower a process, for as long as one
 * of its instances performs: what is more than a role has to lose aborts the run.
 */
export class Losses {
  /** Whether the run goes on without some. A store that cannot tell who has arrived cannot tell who is missing either. */
  readonly isTolerant: boolean;
  readonly #options: Options;
  readonly #lost = new Map<number, Loss>();
  readonly #listeners = new Map<number, Listener>();
  readonly #waiting = new Set<() => void>();
  #places = 0;
  #following: AbortController | undefined;

  constructor(options: Options) {
    this.#options = options;
    const { roles, namespace } = options;
    const { features } = namespace.store;
    this.isTolerant =
      Object.values(roles).some(toleratesLoss) &&
      features.has("requestIds") &&
      features.has("registers");
  }

  /** Those lost so far. */
  get ids(): ReadonlyMap<number, Loss> {
    return this.#lost;
  }

  /** Grows with every loss. */
  get version(): number {
    return this.#lost.size;
  }

  tolerates(role: string): boolean {
    return this.isTolerant && toleratesLoss(this.#options.roles[role]);
  }

  /** Tells the listener from now on. Whoever is the first starts to follow. */
  enter(listener: Listener): void {
    this.#listeners.set(listener.id, listener);
    if (this.#following !== undefined) return;
    const following = new AbortController();
    this.#following = following;
    // Without its store a process hears of nothing; its waits say so.
    this.#follow(following.signal).catch(() => {});
    this.#watch(following.signal).catch(() => {});
  }

  leave(id: number): void {
    this.#listeners.delete(id);
    if (this.#listeners.size > 0) return;
    this.#following?.abort(OVER);
    this.#following = undefined;
  }

  /** Reports, and waits until this process has drawn its conclusions. */
  async report(loss: Loss): Promise<void> {
    const place = await reportLost(this.#options.namespace, loss, { timeoutMs: REPORT_MS });
    const late = new AbortController();
    const stop = this.#options.clock.limit(REPORT_MS, () => late.abort());
    while (this.#places < place && !late.signal.aborted) await this.#next(late.signal);
    stop();
  }

  /** Resolves when there are more losses than that, or the signal aborts. */
  async changed(version: number, signal: AbortSignal): Promise<void> {
    while (this.version <= version && !signal.aborted) await this.#next(signal);
  }

  #next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener("abort", done);
        this.#waiting.delete(done);
        resolve();
      };
      signal.addEventListener("abort", done, { once: true });
      this.#waiting.add(done);
    });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { namespace, company } = this.#options;
    for await (const { seq, json } of namespace.logs.read(LOSSES, { signal })) {
      const loss = parseLoss(json);
      const member = company.withId(loss.id);
      if (member !== undefined && !this.#lost.has(loss.id)) await this.#lose(loss, member);
      this.#places = seq;
      for (const wake of [...this.#waiting]) wake();
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { namespace, company } = this.#options;
    for await (const dead of crewOf(namespace).deaths(signal)) {
      const lost = company.ofProcesses(dead).filter(({ id }) => !this.#lost.has(id));
      for (const { id } of lost) {
        await reportLost(
          namespace,
          { id, error: SILENT, how: "died" },
          { signal, timeoutMs: REPORT_MS },
        );
      }
    }
  }

  async #lose(loss: Loss, member: Member): Promise<void> {
    this.#lost.set(loss.id, loss);
    const report = this.#fatal(loss, member);
    if (report !== undefined) await this.#abort(report);
    for (const listener of this.#listeners.values()) {
      if (listener.id === loss.id) listener.oust(loss);
      else listener.hear(loss, member);
    }
  }

  /** What aborts the run, if this is one too many. */
  #fatal({ stage, error, how }: Loss, by: Member): Report | undefined {
    if (!this.tolerates(by.role)) return { by, stage, error, how };
    const all = this.#options.company.of([by.role]);
    const need = survivorsNeeded(this.#options.roles[by.role], all.length);
    const left = all.filter(({ id }) => !this.#lost.has(id)).length;
    if (left >= need) return undefined;
    const short = `role '${by.role}' has ${left} of ${all.length} instances left and needs ${need}`;
    return { by, stage, error: `${error}; ${short}`, how };
  }

  async #abort(report: Report): Promise<void> {
    await using client = new SyncClient(this.#options.namespace);
    await client.abort(report, { timeoutMs: REPORT_MS }).catch(() => {});
  }
}
