import type { Namespace } from "@groundplan/sync";
import { z } from "zod";
import { appendSaid, readSaid } from "./said-log.ts";

const SET = "progress";
/** Stages shorter than this are over before they are worth a word. */
const COALESCE_MS = 200;
const HEARTBEAT_MS = 5_000;

export type Doing = "body" | "wait" | "failed" | "ended";

interface Said {
  readonly stage: string;
  readonly doing: Doing;
  /** Milliseconds it had been doing so when it said so. */
  readonly sinceMs: number;
  readonly text?: string | undefined;
  /** Which attempt, where the stage retries. */
  readonly attempt?: number | undefined;
  /** What the attempt before it threw. */
  readonly lastError?: string | undefined;
}

type More = Pick<Said, "text" | "attempt" | "lastError">;

const schema: z.ZodType<Said> = z.object({
  stage: z.string(),
  doing: z.enum(["body", "wait", "failed", "ended"]),
  sinceMs: z.number(),
  text: z.string().optional(),
  attempt: z.number().optional(),
  lastError: z.string().optional(),
});

/** What an instance was last known to do. */
export interface Progress extends Said {
  /** Milliseconds since its process last said so. */
  readonly ageMs: number;
}

interface Entry extends More {
  readonly stage: string;
  readonly doing: Doing;
  readonly since: number;
}

/** What the instances of this process are doing, kept in the store for those who miss them. One timer a process. */
export class ProgressBoard {
  readonly #namespace: Namespace;
  readonly #entries = new Map<number, Entry>();
  readonly #changed = new Set<number>();
  #flush: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  set(id: number, stage: string, doing: Doing, more?: More): void {
    const before = this.#entries.get(id);
    const goesOn = before?.stage === stage && before.doing === doing;
    const since = goesOn ? before.since : performance.now();
    const entry = { stage, doing, since };
    this.#entries.set(id, more === undefined ? entry : { ...entry, ...more });
    this.#changed.add(id);
    if (this.#keepsRecords) {
      this.#heartbeat ??= setInterval(
        () => this.#write([...this.#entries.keys()]),
        HEARTBEAT_MS,
      ).unref();
    }
    this.#flush ??= setTimeout(() => this.#write([...this.#changed]), COALESCE_MS).unref();
  }

  /** Says no more of the instance; the last word stays. */
  async end(id: number): Promise<void> {
    this.#entries.delete(id);
    this.#changed.delete(id);
    if (this.#entries.size > 0) return;
    clearTimeout(this.#flush);
    clearInterval(this.#heartbeat);
    this.#flush = undefined;
    this.#heartbeat = undefined;
  }

  async read(timeoutMs: number): Promise<ReadonlyMap<number, Progress>> {
    if (!this.#keepsRecords) return this.#readLog(timeoutMs);
    const records = await this.#namespace.records.read(SET, { timeoutMs });
    return new Map(
      [...records].map(([id, { json, ageMs }]) => [
        Number(id),
        { ...schema.parse(JSON.parse(json)), ageMs },
      ]),
    );
  }

  /** Who says nothing there need not be silent: only changes are said. */
  async #readLog(timeoutMs: number): Promise<ReadonlyMap<number, Progress>> {
    const last = await readSaid(this.#namespace, timeoutMs);
    return new Map(
      [...last].map(([id, { said, ageMs }]) => {
        const parsed = schema.parse(said);
        return [id, { ...parsed, sinceMs: parsed.sinceMs + ageMs, ageMs: 0 }];
      }),
    );
  }

  get #keepsRecords(): boolean {
    return this.#namespace.store.features.has("records");
  }

  #write(ids: readonly number[]): void {
    this.#flush = undefined;
    this.#changed.clear();
    const now = performance.now();
    const records = Object.fromEntries(
      ids.flatMap((id) => {
        const entry = this.#entries.get(id);
        if (entry === undefined) return [];
        const { since, ...rest } = entry;
        return [[`${id}`, { ...rest, sinceMs: Math.round(now - since) }]];
      }),
    );
    // A store that fails is noticed by the stage that waits for it; this is only for its message.
    this.#say(records).catch(() => {});
  }

  async #say(said: Readonly<Record<string, object>>): Promise<void> {
    if (!this.#keepsRecords) return appendSaid(this.#namespace, said, HEARTBEAT_MS);
    const records = Object.entries(said).map(([id, each]) => [id, JSON.stringify(each)]);
    await this.#namespace.records.write(SET, Object.fromEntries(records), {
      timeoutMs: HEARTBEAT_MS,
    });
  }
}

const boards = new WeakMap<Namespace, ProgressBoard>();

/** The board that the instances of this process share. */
export function progressBoard(namespace: Namespace): ProgressBoard {
  const board = boards.get(namespace) ?? new ProgressBoard(namespace);
  boards.set(namespace, board);
  return board;
}
