import { partsOf, requestWasOver } from "../atoms/settled.ts";
import type { Mutation } from "../atoms/store.ts";

/** What one object has answered, by request id, for as long as the sender may repeat the request. */
export class Answers<A> {
  readonly #key: string;
  readonly #answers = new Map<string, A>();
  /** By sender: of its requests with lower numbers, those that are not known are over. */
  readonly #below = new Map<string, number>();

  constructor(key: string) {
    this.#key = key;
  }

  /** What the request was answered before, if it was. Throws for a late copy of one that is over. */
  before({ requestId, settled }: Mutation): A | undefined {
    const before = this.#answers.get(requestId);
    if (before === undefined && settled !== "late") this.#refuseLate(requestId);
    this.settle({ requestId, settled });
    return before;
  }

  get(requestId: string): A | undefined {
    return this.#answers.get(requestId);
  }

  /** Forgets what its sender has said need not be remembered. */
  settle({ requestId, settled = "late" }: Mutation): void {
    const sender = partsOf(requestId)?.sender;
    if (sender === undefined || settled === "late") return;
    const [below, numbers = ""] = settled.split(":");
    this.#below.set(sender, Math.max(this.#below.get(sender) ?? 0, Number(below)));
    for (const n of numbers.split(",")) this.#answers.delete(`${sender}${n}`);
  }

  give(requestId: string, answer: A): A {
    this.#answers.set(requestId, answer);
    return answer;
  }

  requestIds(): readonly string[] {
    return [...this.#answers.keys()];
  }

  #refuseLate(requestId: string): void {
    const parts = partsOf(requestId);
    if (parts !== undefined && parts.n < (this.#below.get(parts.sender) ?? 0)) {
      throw requestWasOver(this.#key);
    }
  }
}
