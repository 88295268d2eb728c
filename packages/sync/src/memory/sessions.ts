import { randomBytes } from "node:crypto";
import type { OpenedSession, StoreSessions } from "../atoms/liveness.ts";
import type { ClaimState } from "./claim-state.ts";

interface MemorySessionsOptions {
  readonly state: ClaimState;
  /** The run they are of. */
  readonly base: string;
  /** Throws when the store is closed or the state of the run is lost. */
  readonly guard: () => void;
  /** The sessions that go with the store. */
  readonly open: Set<string>;
}

/**
 * Sessions of a process that shares its memory with every other there is: while one runs, all live, so that none is
 * given up on unless it is told.
 */
export function memorySessions({ state, base, guard, open }: MemorySessionsOptions): StoreSessions {
  return {
    async open(_ttlMs, lost): Promise<OpenedSession> {
      guard();
      const id = randomBytes(8).toString("hex");
      open.add(id);
      state.begin(id, {
        base,
        lost: (error) => {
          open.delete(id);
          lost(error);
        },
      });
      return {
        id,
        end: async () => {
          open.delete(id);
          state.end(id);
        },
      };
    },
  };
}
