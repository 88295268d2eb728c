import type { Liveness } from "../atoms/liveness.ts";
import { UnsupportedPrimitiveError } from "../error.ts";

/** Of a store that carries neither sessions nor what hangs on them: every operation rejects, and says so. */
export function noLiveness(store: string): Liveness {
  const lack = async (): Promise<never> => {
    throw new UnsupportedPrimitiveError("claim queues", store);
  };
  const lackGroups = async (): Promise<never> => {
    throw new UnsupportedPrimitiveError("membership", store);
  };
  return {
    groups: {
      join: lackGroups,
      update: lackGroups,
      leave: lackGroups,
      withdraw: lackGroups,
      page: lackGroups,
      changed: lackGroups,
    },
    sessions: {
      open: async () => {
        throw new UnsupportedPrimitiveError("sessions", store);
      },
    },
    claims: {
      acquire: lack,
      tryAcquire: lack,
      acquireAll: lack,
      renew: lack,
      shrink: lack,
      release: lack,
      cancel: lack,
      resize: lack,
      inspect: lack,
    },
  };
}
