import type { Liveness, OpenedSession, StoreClaims, StoreSessions } from "../atoms/liveness.ts";
import type { StoreGroups } from "../atoms/store-groups.ts";
import type { SyncError } from "../error.ts";
import type { Wait } from "../wait.ts";
import { ClaimCalls } from "./claim-calls.ts";
import { REAP } from "./claim-end-scripts.ts";
import { ClaimNews } from "./claim-news.ts";
import { RedisClaims } from "./claims.ts";
import { redisGroups, undoMembers } from "./groups.ts";
import { Reaper, type Undo } from "./reaper.ts";
import type { Recheck } from "./recheck.ts";
import type { RunAccess } from "./run-access.ts";
import { RunSessions } from "./run-sessions.ts";

const IDS_A_REAP = 100;

/** `<epoch>|count|<count>|<key>`, and keys may contain bars. */
const GROWTH = /^([^|]*)\|count\|(\d+)\|(.*)$/s;

interface RunLivenessOptions {
  readonly run: RunAccess;
  readonly base: string;
  readonly recheck: Recheck;
}

/** The sessions of this process in one run, what they claim, and as whom they are there. */
export class RunLiveness implements Liveness {
  readonly sessions: StoreSessions;
  readonly claims: StoreClaims;
  readonly groups: StoreGroups;
  readonly #run: RunAccess;
  readonly #sessions: RunSessions;
  readonly #news: ClaimNews;

  constructor({ run, base, recheck }: RunLivenessOptions) {
    const { scripts } = run;
    const calls = new ClaimCalls(run, base);
    const undo = { claim: undoClaims(calls), member: undoMembers(run, base) };
    const reaper = new Reaper({ run, base, undo });
    const sessions = new RunSessions({ run, base, reap: (session) => reaper.reap(session) });
    const news = new ClaimNews({ scripts, recheck, calls, base, process: sessions.process });
    run.growth.inbox = news.channel;
    this.#run = run;
    this.#sessions = sessions;
    this.#news = news;
    this.sessions = { open: (ttlMs, lost, wait) => this.#open(ttlMs, lost, wait) };
    this.claims = new RedisClaims({ run, calls, news, sessions }, recheck.everyMs);
    this.groups = redisGroups(run, base, (session, why) => sessions.lose(session, why));
  }

  /** On which this process is told what concerns it alone. */
  get channel(): string {
    return this.#news.channel;
  }

  get isAwaited(): boolean {
    return this.#news.isAwaited;
  }

  heard(message: string): void {
    const [, epoch = "", count, key] = GROWTH.exec(message) ?? [];
    if (key === undefined) this.#news.heard(message);
    else this.#run.growth.announced(key, epoch, Number(count));
  }

  askAgain(): Promise<void> {
    return this.#news.askAgain();
  }

  fail(error: SyncError): void {
    this.#sessions.fail(error);
  }

  close(error: SyncError): Promise<void> {
    return this.#sessions.close(error);
  }

  async #open(ttlMs: number, lost: (error: SyncError) => void, wait: Wait): Promise<OpenedSession> {
    const over = (id: string): void => this.#news.sessionEnded(id);
    const session = await this.#sessions.open(
      ttlMs,
      (id, error) => {
        lost(error);
        over(id);
      },
      wait,
    );
    const end = (): Promise<void> => {
      over(session.id);
      return session.end();
    };
    return { id: session.id, end };
  }
}

function undoClaims(calls: ClaimCalls): Undo {
  return async (session, key, ids) => {
    const keys = calls.keys.withUndo(key, session);
    for (let i = 0; i < ids.length; i += IDS_A_REAP) {
      await calls.run(REAP, [key], keys, [session, ...ids.slice(i, i + IDS_A_REAP)]);
    }
  };
}
