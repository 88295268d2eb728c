import type { Definition, JournalEvent, Stage } from "@groundplan/dsl";

type Sizes = Readonly<Record<string, number>>;

interface BoardOptions {
  /** Roles whose instances may be lost. */
  readonly tolerant?: ReadonlySet<string>;
  /** How many instances tell what they do, where others, which are artifacts, take roles as well and do not. */
  readonly telling?: number;
}

const ROSTER = "@roster";

/** How far the run is in one stage. */
export interface StageRow {
  readonly id: string;
  /** 1, or how often the rounds around it go; inside a repeat or an arm, how often it was come to so far. */
  readonly times: number;
  /** By role: how many visits there will be, as far as is known. */
  readonly expected: ReadonlyMap<string, number>;
  readonly entered: Map<string, number>;
  readonly left: Map<string, number>;
  /** Milliseconds since the roster was complete. */
  firstEnterMs?: number;
  lastLeaveMs?: number;
}

/**
 * Every stage of a run in order, and who has been there: what a person watches. Made from the journal alone.
 *
 * How often the stages inside a repeat or an arm are visited is decided on the way. Their rows expect nobody until
 * somebody comes, then all who take part, once for each round that was begun; they are never told as completed. The
 * repeat or the branch itself has a row, which is.
 */
export class StageBoard {
  readonly #rows: readonly Row[];
  readonly #byId = new Map<string, Row>();
  readonly #tolerant: ReadonlySet<string>;
  readonly #telling: number | undefined;
  readonly #sizes = new Map<string, number>();
  /** By id, the roles of those that tell. */
  readonly #told = new Map<number, string>();

  constructor(
    definition: Definition | undefined,
    name: string,
    roleSizes: Sizes,
    { tolerant = new Set(), telling }: BoardOptions = {},
  ) {
    this.#tolerant = tolerant;
    this.#telling = telling;
    const all = Object.keys(roleSizes);
    const sizes = this.#sizes;
    for (const [role, size] of Object.entries(roleSizes)) {
      sizes.set(role, telling === undefined ? size : Number.POSITIVE_INFINITY);
    }
    this.#rows =
      definition === undefined
        ? [new Row(name, all, sizes, 1)]
        : [
            new Row(ROSTER, all, sizes, 1),
            ...rowsOf(definition.stages, sizes, 1),
            new Row("@end", all, sizes, 1),
          ];
    for (const each of this.#rows) this.#byId.set(each.id, each);
  }

  get rows(): readonly StageRow[] {
    return this.#rows;
  }

  /** The row that the event completed, if it did. */
  note({ id, stage, role, event, t }: JournalEvent): StageRow | undefined {
    const found = this.#byId.get(stage.replace(/#[\d.]+$/, ""));
    if (found === undefined) return undefined;
    if (event === "enter" && stage === ROSTER) this.#learn(id, role);
    if (event === "enter") found.enter(stage, role, t);
    if (event !== "leave") return undefined;
    found.leave(role, t, this.#tolerant.has(role) ? id : undefined);
    return !found.isOpen && isComplete(found) ? found : undefined;
  }

  /** Once all have told their roles, it is known how many of each to expect. */
  #learn(id: number, role: string): void {
    this.#told.set(id, role);
    if (this.#told.size !== this.#telling) return;
    for (const each of this.#sizes.keys()) {
      this.#sizes.set(each, [...this.#told.values()].filter((other) => other === each).length);
    }
  }

  /** Expects a lost instance nowhere any more. The rows that completes. */
  lose(id: number, role: string): readonly StageRow[] {
    const open = this.#rows.filter((row) => !row.isOpen && !isComplete(row));
    for (const row of open) row.lose(role, id);
    return open.filter((row) => hasBegun(row) && isComplete(row));
  }
}

export function isComplete({ expected, left }: StageRow): boolean {
  return [...expected].every(([role, n]) => (left.get(role) ?? 0) >= n);
}

export function hasBegun({ entered }: StageRow): boolean {
  return entered.size > 0;
}

class Row implements StageRow {
  readonly id: string;
  readonly entered = new Map<string, number>();
  readonly left = new Map<string, number>();
  firstEnterMs?: number;
  lastLeaveMs?: number;
  readonly #roles: readonly string[];
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #times: number | undefined;
  /** With their rounds, where how many there will be is not known. */
  readonly #begun = new Set<string>();
  /** By instance, how often those that may be lost have left. */
  readonly #leftBy = new Map<number, number>();
  /** By role, visits of instances that will not come any more. */
  readonly #missed = new Map<string, number>();

  /** @param times undefined where that is decided on the way. */
  constructor(
    id: string,
    roles: readonly string[],
    sizes: ReadonlyMap<string, number>,
    times: number | undefined,
  ) {
    this.id = id;
    this.#roles = roles;
    this.#sizes = sizes;
    this.#times = times;
  }

  get isOpen(): boolean {
    return this.#times === undefined;
  }

  get times(): number {
    return this.#times ?? this.#begun.size;
  }

  get expected(): ReadonlyMap<string, number> {
    return new Map(
      this.#roles.map((role) => {
        const size = this.#sizes.get(role) ?? 0;
        return [role, size * this.times - (this.#missed.get(role) ?? 0)];
      }),
    );
  }

  enter(stage: string, role: string, t: number): void {
    if (this.isOpen) this.#begun.add(stage);
    add(this.entered, role);
    this.firstEnterMs = Math.min(this.firstEnterMs ?? t, t);
  }

  leave(role: string, t: number, id: number | undefined): void {
    add(this.left, role);
    if (id !== undefined) add(this.#leftBy, id);
    this.lastLeaveMs = Math.max(this.lastLeaveMs ?? t, t);
  }

  lose(role: string, id: number): void {
    if (this.#roles.includes(role))
      add(this.#missed, role, this.times - (this.#leftBy.get(id) ?? 0));
  }
}

function rowsOf(
  stages: readonly Stage[],
  sizes: ReadonlyMap<string, number>,
  times: number | undefined,
): readonly Row[] {
  return stages.flatMap((stage) => {
    if (stage.kind === "rounds") {
      return rowsOf(stage.stages, sizes, times === undefined ? undefined : times * stage.times);
    }
    const own = new Row(stage.id, stage.at, sizes, times);
    if (stage.kind === "repeat") return [own, ...rowsOf(stage.stages, sizes, undefined)];
    if (stage.kind !== "branch") return [own];
    return [own, ...rowsOf([...stage.then, ...stage.else], sizes, undefined)];
  });
}

function add<Key>(counts: Map<Key, number>, key: Key, n = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}
