import type { Network, RunEnv } from "@groundplan/runtime";
import type { SyncClient } from "@groundplan/sync";
import { type Duration, durationMs } from "../duration.ts";
import type { Me } from "../me.ts";
import type { Member } from "../member.ts";
import { type Random, seededRandom } from "../random.ts";
import { type BodyVisit, drawsOf } from "./body-visit.ts";
import { addCleanup } from "./cleanups.ts";

/** Where in its stages the instance is. */
type Visit = Pick<BodyVisit, "performer" | "key" | "rounds" | "attempt" | "peer">;

/** The instance as the body sees it in this attempt. */
export class BodyMe implements Me {
  readonly id: number;
  readonly role: string;
  readonly group: string;
  readonly members: readonly Member[];
  readonly stage: string;
  readonly round: number;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly env: RunEnv;
  readonly network: Network;
  readonly sync: SyncClient;
  readonly now: () => number;
  readonly #visit: Visit;
  // Made when they are asked for: most bodies draw nothing.
  #random: Random | undefined;
  #common: Random | undefined;

  constructor(visit: Visit, signal: AbortSignal) {
    const { me, env, network, sync, company, now, gone } = visit.performer;
    this.id = me.id;
    this.role = me.role;
    this.group = me.group;
    this.members = gone.size === 0 ? company.cast.members : company.living(gone);
    this.stage = visit.key;
    this.round = visit.rounds.at(-1) ?? 0;
    this.attempt = visit.attempt;
    this.signal = signal;
    this.env = env;
    this.network = network;
    this.sync = sync;
    this.now = now;
    this.#visit = visit;
  }

  get random(): Random {
    const { seed } = this.#visit.performer;
    const { role, id, stage, attempt } = this;
    this.#random ??= seededRandom(seed, "own", role, id, stage, attempt, ...drawsOf(this.#visit));
    return this.#random;
  }

  get common(): Random {
    // Not by attempt: an instance that tries again draws what the others have drawn.
    this.#common ??= seededRandom(this.#visit.performer.seed, "common", this.stage);
    return this.#common;
  }

  // Functions of the object, as bodies take them out of it: ({ me: { sleep } }) => sleep("1s").
  readonly sleep = (time: Duration): Promise<void> =>
    this.#visit.performer.clock.sleep(
      durationMs(time, `stage '${this.stage}': sleep`),
      this.signal,
    );

  readonly log = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const { id, role, stage } = this;
    this.env.log(message, { ...fields, instance_id: id, role, stage });
    this.#visit.performer.note("log", stage, { text: message });
  };

  readonly measure = (name: string, value: number): void =>
    this.env.results().recordPoint(name, value);

  readonly cleanup = (dispose: () => void | Promise<void>): void =>
    addCleanup(this.#visit.performer, dispose);
}
