import type { Definition, JournalEvent, Stage } from "@groundplan/dsl";

/** How far the run is in one stage. */
export interface StageRow {
  readonly id: string;
  /** 1, or how often the rounds around it go. */
  readonly times: number;
  /** By role: how many visits there will be. */
  readonly expected: ReadonlyMap<string, number>;
  readonly entered: Map<string, number>;
  readonly left: Map<string, number>;
  /** Milliseconds since the roster was complete. */
  firstEnterMs?: number;
  lastLeaveMs?: number;
}

/** Every stage of a run in order, and who has been there: what a person watches. Made from the journal alone. */
export class StageBoard {
  readonly rows: readonly StageRow[];
  readonly #byId = new Map<string, StageRow>();

  constructor(
    definition: Definition | undefined,
    name: string,
    sizes: Readonly<Record<string, number>>,
  ) {
    const all = Object.keys(sizes);
    const stages =
      definition === undefined
        ? [row(name, all, sizes, 1)]
        : [
            row("@roster", all, sizes, 1),
            ...rowsOf(definition.stages, sizes, 1),
            row("@end", all, sizes, 1),
          ];
    this.rows = stages;
    for (const each of stages) this.#byId.set(each.id, each);
  }

  /** The row that the event completed, if it did. */
  note({ stage, role, event, t }: JournalEvent): StageRow | undefined {
    const found = this.#byId.get(stage.replace(/#[\d.]+$/, ""));
    if (found === undefined) return undefined;
    if (event === "enter") {
      add(found.entered, role);
      found.firstEnterMs = Math.min(found.firstEnterMs ?? t, t);
    }
    if (event !== "leave") return undefined;
    add(found.left, role);
    found.lastLeaveMs = Math.max(found.lastLeaveMs ?? t, t);
    return isComplete(found) ? found : undefined;
  }
}

export function isComplete({ expected, left }: StageRow): boolean {
  return [...expected].every(([role, n]) => (left.get(role) ?? 0) >= n);
}

export function hasBegun({ entered }: StageRow): boolean {
  return entered.size > 0;
}

function rowsOf(
  stages: readonly Stage[],
  sizes: Readonly<Record<string, number>>,
  times: number,
): readonly StageRow[] {
  return stages.flatMap((stage) =>
    stage.kind === "rounds"
      ? rowsOf(stage.stages, sizes, times * stage.times)
      : [row(stage.id, stage.at, sizes, times)],
  );
}

function row(
  id: string,
  roles: readonly string[],
  sizes: Readonly<Record<string, number>>,
  times: number,
): StageRow {
  const expected = new Map(roles.map((role) => [role, (sizes[role] ?? 0) * times]));
  return { id, times, expected, entered: new Map(), left: new Map() };
}

function add(counts: Map<string, number>, role: string): void {
  counts.set(role, (counts.get(role) ?? 0) + 1);
}
