import { setMaxListeners } from "node:events";
import { notHeld } from "../atoms/claim-errors.ts";
import type { Grant } from "../atoms/claims.ts";
import type { Held } from "../atoms/liveness.ts";
import type { Session } from "../atoms/session.ts";
import { onAbort } from "../on-abort.ts";

interface Ownership {
  readonly grant: Grant;
  readonly session: string;
  /** The lease began no later than at `leasedAt`. */
  extend(leasedAt: number): void;
  lose(reason: unknown): void;
  /** It was given back. */
  end(): void;
}

interface Owned {
  readonly key: string;
  readonly name: string;
  readonly permits: number;
  readonly leaseMs?: number | undefined;
  readonly session: Session;
}

/** The grants of one namespace, each with what makes its `lost` abort. */
export class Ownerships {
  readonly #owned = new Map<string, Ownership>();

  /** The same grant for the same hold, however often it is found. */
  own(held: Held, owned: Owned): Grant {
    const id = ownershipId(owned.name, held.requestId);
    const there = this.#owned.get(id);
    if (there?.grant.token.n === held.token.n && there.grant.token.epoch === held.token.epoch) {
      if (held.leasedAt !== undefined) there.extend(held.leasedAt);
      return there.grant;
    }
    const made = ownership(held, owned, () => this.#owned.delete(id));
    this.#owned.set(id, made);
    return made.grant;
  }

  sessionOf({ name, requestId }: Grant): string | undefined {
    return this.#owned.get(ownershipId(name, requestId))?.session;
  }

  extend({ name, requestId }: Grant, leasedAt: number): void {
    this.#owned.get(ownershipId(name, requestId))?.extend(leasedAt);
  }

  lose(name: string, requestId: string, reason: unknown): void {
    this.#owned.get(ownershipId(name, requestId))?.lose(reason);
  }

  end({ name, requestId }: Grant): void {
    this.#owned.get(ownershipId(name, requestId))?.end();
  }
}

function ownershipId(name: string, requestId: string): string {
  return `${requestId}|${name}`;
}

function ownership(held: Held, owned: Owned, over: () => void): Ownership {
  const { key, name, permits, leaseMs, session } = owned;
  const { requestId, token } = held;
  const controller = new AbortController();
  // Much may be done under one lock; Node warns of a leak from the eleventh listener.
  setMaxListeners(0, controller.signal);
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    clearTimeout(timer);
    stopListening();
    over();
  };
  const lose = (reason: unknown): void => {
    end();
    controller.abort(reason);
  };
  const stopListening = onAbort(session.lost, lose);
  const extend = (leasedAt: number): void => {
    if (leaseMs === undefined) return;
    clearTimeout(timer);
    // Some time before the store lets go of it, and never by its clock.
    const left = leasedAt + leaseMs * 0.9 - performance.now();
    timer = setTimeout(() => lose(notHeld(key, requestId)), Math.max(0, left)).unref();
  };
  if (held.leasedAt !== undefined) extend(held.leasedAt);
  const grant = { name, requestId, permits, token, lost: controller.signal };
  return { grant, session: session.id, extend, lose, end };
}
