import { sessionKeys, undoKey } from "../keys.ts";
import { asArray, asNumber, asText } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import { BURY, UNDO } from "./session-scripts.ts";

const RECORDS_A_SCRIPT = 500;

/** Gives back what a session held of one kind, in one object of the store. Changes nothing when it is repeated. */
export type Undo = (session: string, key: string, ids: readonly string[]) => Promise<void>;

interface ReaperOptions {
  readonly run: RunAccess;
  readonly base: string;
  /** By kind of what is held. */
  readonly undo: Readonly<Record<string, Undo>>;
}

/** Sees to the ends of sessions, this process' own and others', piece by piece: it may die anywhere, and another goes on. */
export class Reaper {
  readonly #run: RunAccess;
  readonly #base: string;
  readonly #undo: ReaperOptions["undo"];
  /** Those it is at: the sweep comes to a session again while it takes long. */
  readonly #reaping = new Map<string, Promise<void>>();

  constructor({ run, base, undo }: ReaperOptions) {
    this.#run = run;
    this.#base = base;
    this.#undo = undo;
  }

  reap(session: string): Promise<void> {
    const there = this.#reaping.get(session);
    if (there !== undefined) return there;
    const reaping = this.#reap(session).finally(() => this.#reaping.delete(session));
    this.#reaping.set(session, reaping);
    return reaping;
  }

  async #reap(session: string): Promise<void> {
    const undo = undoKey(this.#base, session);
    for (;;) {
      const [found] = await this.#run.scripts.run(UNDO, [undo], [RECORDS_A_SCRIPT]);
      const groups = grouped(asArray(found).map(asText));
      if (groups.length === 0) break;
      const known = groups.filter(({ kind }) => Object.hasOwn(this.#undo, kind));
      // What only another version of this package knows of is left to a process that runs it.
      if (known.length === 0) return;
      for (const { kind, key, ids } of known) await this.#undo[kind]?.(session, key, ids);
    }
    const { dead } = sessionKeys(this.#base);
    const [isBuried] = await this.#run.scripts.run(BURY, [dead, undo], [session]);
    if (asNumber(isBuried) === 0) await this.#reap(session);
  }
}

interface Group {
  readonly kind: string;
  readonly key: string;
  readonly ids: string[];
}

/** Records are `<kind>|<id>|<key>`, and keys may contain bars. */
function grouped(records: readonly string[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const record of records) {
    const [, kind = "", id = "", key = ""] = /^([^|]*)\|([^|]*)\|(.*)$/s.exec(record) ?? [];
    const name = `${kind}|${key}`;
    const group = groups.get(name) ?? { kind, key, ids: [] };
    groups.set(name, group);
    group.ids.push(id);
  }
  return [...groups.values()];
}
