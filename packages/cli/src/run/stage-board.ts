import type { Definition, JournalEvent, Stage } from "@groundplan/dsl";

type Sizes = Readonly<Record<string, number>>;

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

  constructor(definition: Definition | undefined, name: string, sizes: Sizes) {
    const all = Object.keys(sizes);
    this.#rows =
      definition === undefined
        ? [new Row(name, all, sizes, 1)]
        : [
            new Row("@roster", all, sizes, 1),
            ...rowsOf(definition.stages, sizes, 1),
            new Row("@end", all, sizes, 1),
          ];
    for (const each of this.#rows) this.#byId.set(each.id, each);
  }

  get rows(): readonly StageRow[] {
    return this.#rows;
  }

  /** The row that the event completed, if it did. */
  note({ stage, role, event, t }: JournalEvent): StageRow | undefined {
    const found = this.#byId.get(stage.replace(/#[\d.]+$/, ""));
    if (found === undefined) return undefined;
    if (event === "enter") found.enter(stage, role, t);
    if (event !== "leave") return undefined;
    found.leave(role, t);
    return !found.isOpen && isComplete(found) ? found : undefined;
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
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #times: number | undefined;
  /** With their rounds, where how many there will be is not known. */
  readonly #begun = new Set<string>();

  /** @param times undefined where that is decided on the way. */
  constructor(id: string, roles: readonly string[], sizes: Sizes, times: number | undefined) {
    this.id = id;
    this.#sizes = new Map(roles.map((role) => [role, sizes[role] ?? 0]));
    this.#times = times;
  }

  get isOpen(): boolean {
    return this.#times === undefined;
  }

  get times(): number {
    return this.#times ?? this.#begun.size;
  }

  get expected(): ReadonlyMap<string, number> {
    return new Map([...this.#sizes].map(([role, size]) => [role, size * this.times]));
  }

  enter(stage: string, role: string, t: number): void {
    if (this.isOpen) this.#begun.add(stage);
    add(this.entered, role);
    this.firstEnterMs = Math.min(this.firstEnterMs ?? t, t);
  }

  leave(role: string, t: number): void {
    add(this.left, role);
    this.lastLeaveMs = Math.max(this.lastLeaveMs ?? t, t);
  }
}

function rowsOf(stages: readonly Stage[], sizes: Sizes, times: number | undefined): readonly Row[] {
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

function add(counts: Map<string, number>, role: string): void {
  counts.set(role, (counts.get(role) ?? 0) + 1);
}
