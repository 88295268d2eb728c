import type { Progress } from "../perform/progress.ts";
import type { Surroundings } from "../perform/surroundings.ts";
import type { VirtualTime } from "./virtual-time.ts";

interface Seen {
  readonly said: Omit<Progress, "sinceMs" | "ageMs">;
  readonly since: number;
  /** When its process vanished, if it has. */
  readonly goneAt: () => number | undefined;
}

/** What all instances of a simulated run are doing, as their heartbeats would tell: without any, as time is virtual. */
export class SeenProgress {
  readonly #time: VirtualTime;
  readonly #seen = new Map<number, Seen>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** The board of one instance. */
  of(goneAt: () => number | undefined): Surroundings["progress"] {
    return {
      set: (id, stage, doing, more = {}) => {
        if (goneAt() !== undefined) return;
        const before = this.#seen.get(id);
        const goesOn = before?.said.stage === stage && before.said.doing === doing;
        const since = goesOn ? before.since : this.#time.now;
        this.#seen.set(id, { said: { stage, doing, ...more }, since, goneAt });
      },
      end: async () => {},
      read: async () => this.#read(),
    };
  }

  #read(): ReadonlyMap<number, Progress> {
    const { now } = this.#time;
    return new Map(
      [...this.#seen].map(([id, { said, since, goneAt }]) => {
        const last = goneAt() ?? now;
        return [id, { ...said, sinceMs: last - since, ageMs: now - last }];
      }),
    );
  }
}
