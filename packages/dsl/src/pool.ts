import type { ParamValue } from "./roles.ts";

/** One instance, as far as roles are chosen by it. */
export interface Candidate {
  readonly group: string;
  /** Its own values of parameters; undefined where they are not known. */
  readonly params?: Readonly<Record<string, ParamValue>> | undefined;
}

/** The instances that no role has taken yet, in their order. */
export class Pool<C extends Candidate> {
  readonly #all: readonly C[];
  #left: readonly C[];

  constructor(candidates: readonly C[]) {
    this.#all = candidates;
    this.#left = candidates;
  }

  /** How many there were of each group. */
  get groups(): ReadonlyMap<string, number> {
    return bySize(this.#all);
  }

  /** How many are left of each group. */
  get groupsLeft(): ReadonlyMap<string, number> {
    return bySize(this.#left);
  }

  /** How many there were, in all or of those that may be chosen. */
  size(mayBe: (candidate: C) => boolean = anyone): number {
    return this.#all.filter(mayBe).length;
  }

  /** Those left, or those of them that may be chosen. */
  left(mayBe: (candidate: C) => boolean = anyone): readonly C[] {
    return this.#left.filter(mayBe);
  }

  take(chosen: readonly C[]): void {
    const gone = new Set(chosen);
    this.#left = this.#left.filter((candidate) => !gone.has(candidate));
  }
}

function anyone(): boolean {
  return true;
}

function bySize(candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { group } of candidates) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return sizes;
}
