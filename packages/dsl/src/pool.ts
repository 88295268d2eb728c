/** So many instances of a group, from an offset in it. */
export interface Share {
  readonly group: string;
  readonly from: number;
  readonly size: number;
}

/** The instances of each group that no role has taken yet, groups in order of their names. */
export class Pool {
  readonly #groups: ReadonlyMap<string, number>;
  readonly #taken = new Map<string, number>();

  constructor(groups: Readonly<Record<string, number>>) {
    this.#groups = new Map(Object.entries(groups).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Groups with their sizes when full. */
  get groups(): ReadonlyMap<string, number> {
    return this.#groups;
  }

  /** How many there were, in all or in a group. */
  size(group?: string): number {
    return sum(this.#names(group).map((name) => this.#groups.get(name) ?? 0));
  }

  /** How many are left, in all or of a group. */
  left(group?: string): number {
    return this.size(group) - sum(this.#names(group).map((name) => this.#taken.get(name) ?? 0));
  }

  /** Takes n of those left, of the first groups first, or of the group. */
  take(n: number, group?: string): readonly Share[] {
    const shares: Share[] = [];
    let wanted = n;
    for (const name of this.#names(group)) {
      const size = Math.min(wanted, this.left(name));
      if (size === 0) continue;
      const from = this.#taken.get(name) ?? 0;
      shares.push({ group: name, from, size });
      this.#taken.set(name, from + size);
      wanted -= size;
    }
    return shares;
  }

  #names(group: string | undefined): readonly string[] {
    return group === undefined ? [...this.#groups.keys()] : [group];
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
