import { auxiliaryKey, channelOf } from "../keys.ts";
import { Thresholds } from "../thresholds.ts";
import type { Recheck } from "./recheck.ts";
import { asNumber } from "./reply.ts";
import type { RunScripts } from "./run-scripts.ts";
import { REACH } from "./scripts.ts";
import { SingleFlight } from "./single-flight.ts";

/** How the number behind a key is read: a counter's count, a log's length. */
export type Measure = "GET" | "XLEN";

/** The numbers of one run that calls of this process wait for. */
export class Growth {
  /** The channel on which this process is told what it alone waits for; empty if it has none. */
  inbox = "";
  readonly #scripts: RunScripts;
  readonly #recheck: Recheck;
  readonly #thresholds = new Thresholds();
  readonly #asked = new SingleFlight<number>();
  /** By key: how it is read, and the greatest number heard. */
  readonly #keys = new Map<string, { readonly measure: Measure; heard: number }>();

  constructor(scripts: RunScripts, recheck: Recheck) {
    this.#scripts = scripts;
    this.#recheck = recheck;
  }

  get isAwaited(): boolean {
    return this.#thresholds.awaited().length > 0;
  }

  /** Every key that was ever waited for. */
  get keys(): Iterable<string> {
    return this.#keys.keys();
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** What is known of the number, for messages. */
  heard(key: string): number {
    return this.#keys.get(key)?.heard ?? 0;
  }

  /** Listens for crossings of the key. To be awaited before a script registers a threshold. */
  async listen(key: string, measure: Measure): Promise<void> {
    if (!this.#keys.has(key)) this.#keys.set(key, { measure, heard: 0 });
    const { subscriptions } = this.#scripts.connection;
    const channels = this.inbox === "" ? [channelOf(key)] : [channelOf(key), this.inbox];
    await Promise.all(channels.map((channel) => subscriptions.ensure(channel)));
  }

  /** Waits for the number to reach the target; asks once, then relies on announcements and re-checks. */
  async reach(key: string, measure: Measure, target: number, stop: AbortSignal): Promise<void> {
    const have = await this.#ask(key, measure, target);
    if (have < target) await this.wait(key, target, stop);
  }

  /** Waits for a target that a script has registered after {@link listen}. */
  async wait(key: string, target: number, stop: AbortSignal): Promise<void> {
    // An answer that came in the same packet may have said so, and nothing is announced to who crosses it.
    if (this.inbox !== "" && this.heard(key) >= target) return;
    this.#recheck.need();
    await this.#thresholds.wait(key, target, { signal: stop }, () => "");
  }

  /** The number is at least `value`: Redis answered so to one of this run's scripts. */
  advance(key: string, value: number): void {
    const known = this.#keys.get(key);
    if (known !== undefined) known.heard = Math.max(known.heard, value);
    this.#thresholds.advance(key, value);
  }

  /**
   * A message. What it says is a fact only under the epoch of this run: after a loss of state, or from a client that
   * knows of no epoch, it is a reason to ask.
   */
  announced(key: string, epoch: string, value: number): void {
    if (epoch !== "" && epoch === this.#scripts.epoch) this.advance(key, value);
    else void this.askAgain(key);
  }

  /** Asks for everything that is awaited, or for one key. A refusal ends the waits it concerns. */
  async askAgain(only?: string): Promise<void> {
    const questions = this.#thresholds.awaited().flatMap(([key, targets]) => {
      const measure = this.#keys.get(key)?.measure;
      if (measure === undefined || (only !== undefined && key !== only)) return [];
      return targets.map((target) =>
        this.#ask(key, measure, target).catch((error: unknown) =>
          this.#thresholds.rejectAll(error, (k) => k === key),
        ),
      );
    });
    await Promise.all(questions);
  }

  /** Ends every wait. */
  fail(error: unknown): void {
    this.#thresholds.rejectAll(error);
  }

  /**
   * Registers the target unless it is reached. Thousands that ask in one burst share one script, which is safe: a
   * crossing after it is announced, and announcements come a turn later than answers, when all of them wait. Who asks
   * after the answer asks Redis, and so finds at once what foreign instances did in silence.
   */
  #ask(key: string, measure: Measure, target: number): Promise<number> {
    return this.#asked.ask(`${target}|${key}`, async () => {
      await this.listen(key, measure);
      const before = this.heard(key);
      const reply = await this.#scripts.runAnnouncing(
        REACH,
        [key, auxiliaryKey("tgt", key)],
        [target, measure, this.inbox],
      );
      const have = asNumber(reply[0]);
      // Numbers only grow, so Redis has lost writes that it had acknowledged.
      if (have < before) this.#scripts.loseWrites();
      this.advance(key, have);
      return have;
    });
  }
}
