import type { Namespace } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import type { SignalOptions } from "../membership/members.ts";
import { runWaits } from "../run-waits.ts";
import type { Wait } from "../wait.ts";
import { isTimeout, Passage, type PassageContext } from "./double-barrier-passage.ts";
import { DoubleBarrierProgress } from "./double-barrier-progress.ts";

/** What a {@link DoubleBarrier} does about members that die before the others have come. */
export type DoubleBarrierOptions =
  | {
      /** Waits for another to take the place. The default. */
      readonly policy?: "strict" | undefined;
    }
  | {
      /**
       * `failFast`: whoever enters rejects with a `BrokenBarrierError`, until none of the membership is down. `shrink`: the
       * round begins without those who are down.
       */
      readonly policy: "failFast" | "shrink";
      /** The name of the `Membership` that all who take part join, each under its name, and nobody else. */
      readonly membership: string;
    };

/** A member that is inside a {@link DoubleBarrier}. */
export interface Inside {
  /** From 1. */
  readonly round: number;
  /** Aborts when the store may have given this process up for dead: then the others take the member for gone. */
  readonly lost: AbortSignal;
  /**
   * Leaves, and waits until all have; false if that took longer than `timeoutMs`. The member has left in any case, also
   * when it rejects because its caller or the run was aborted.
   */
  leave(wait?: Wait): Promise<boolean>;
}

/**
 * Members enter together and leave together, round after round.
 *
 * Guarantee: {@link DoubleBarrier.enter} resolves once all members of the round are there, {@link Inside.leave} once all
 * have left. One member too many waits for the next round. An `enter` that runs out of time is undone: nobody enters on
 * its account, and it may be tried again. The number of members is kept in the store: a process that names another is
 * refused with `mismatch`.
 * Crash: a member that dies inside counts as left; one that dies before the others have come is not there: they wait for
 * another until their time is over, or, by their policy, reject or begin without it. All this is noticed within the time
 * to live of its session and a heartbeat.
 * Cost: about ten exchanges a member and round, however many members, and two more when it shrinks; two announcements a
 * round, and one a hand-over.
 *
 * Two claim queues, of places in a round and of being inside, and a register that says which round runs; whoever can
 * take all of being inside ends the round. ZooKeeper's double barrier, without its herd and Curator's early leavers.
 */
export class DoubleBarrier {
  readonly members: number;
  readonly #context: PassageContext;

  constructor(
    namespace: Namespace,
    name: string,
    members: number,
    options: DoubleBarrierOptions = {},
  ) {
    const waits = runWaits(namespace);
    this.members = members;
    this.#context = {
      namespace,
      waits,
      members,
      options,
      progress: new DoubleBarrierProgress(namespace, waits, `double:${name}`),
      title: `double barrier "${name}"`,
      places: `double-places:${name}`,
      insides: `double-insides:${name}`,
      count: `double-count:${name}`,
    };
  }

  /**
   * Enters, and waits until all members are there. Rejects with a `SyncError` `timeout`, and then has not entered. With a
   * policy but `strict`, `member` says who it is in the membership.
   */
  async enter({ member, ...wait }: SignalOptions = {}): Promise<Inside> {
    this.#check(member);
    const began = performance.now();
    const passage = new Passage(this.#context, member);
    try {
      return insideOf(passage, await passage.gather(wait, began));
    } catch (error) {
      const round = await passage.undo().catch(() => undefined);
      const isLate = isTimeout(error);
      // The last member had come by then: all the others go on with this one.
      if (isLate && round !== undefined) return insideOf(passage, round);
      await passage.giveUpPlace();
      throw isLate ? await passage.lateness(wait.timeoutMs ?? 0, error) : error;
    }
  }

  /** Does the work between entering and leaving, which it also does when the work fails. */
  async run<T>(work: (inside: Inside) => T | Promise<T>, options: SignalOptions = {}): Promise<T> {
    const { member: _, ...wait } = options;
    const inside = await this.enter(options);
    try {
      return await work(inside);
    } finally {
      await inside.leave(wait);
    }
  }

  #check(member: string | undefined): void {
    const { title, options } = this.#context;
    if (options.policy === undefined || options.policy === "strict" || member !== undefined) return;
    throw new SyncError(
      "range",
      `${title} has the policy ${options.policy}, which knows members by name; enter it as { member: "…" }`,
    );
  }
}

function insideOf(passage: Passage, round: number): Inside {
  let leaving: Promise<boolean> | undefined;
  return {
    round,
    lost: passage.lost,
    leave: (wait = {}) => {
      leaving ??= passage.leave(round, wait);
      return leaving;
    },
  };
}
