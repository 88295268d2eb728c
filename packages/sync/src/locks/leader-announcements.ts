import type { Namespace, Versioned } from "../atoms/store.ts";
import { VersionConflictError } from "../error.ts";
import { encodeValue } from "../payload.ts";
import type { Wait } from "../wait.ts";

/** Who leads. */
export interface Leader<T> {
  readonly leader: string;
  readonly term: number;
  readonly payload: T;
}

/** How the leaders of an election make themselves known. */
export interface Announcements<T> {
  elected(leader: Leader<T>, wait: Wait): Promise<void>;
  /** The leader of the term leaves. */
  vacant(term: number, wait: Wait): Promise<void>;
  follow(wait: Wait): AsyncIterable<Leader<T> | undefined>;
}

interface Announced<T> {
  readonly term: number;
  readonly leader?: string;
  readonly payload?: T;
}

export function announcements<T>(namespace: Namespace, election: string): Announcements<T> {
  const register = `election:${election}`;
  const { registers } = namespace;
  const tryOnce = async (announced: Announced<T>, wait: Wait): Promise<boolean> => {
    const found = await registers.read(register, wait);
    // A leader that was slow to say so has been followed by another.
    if (found !== undefined && decode<T>(found).term > announced.term) return true;
    const write = { ifVersion: found?.version ?? 0, requestId: namespace.requestId() };
    try {
      await registers.write(register, encodeValue(`election "${election}"`, announced), {
        ...wait,
        ...write,
      });
      return true;
    } catch (error) {
      if (error instanceof VersionConflictError) return false;
      throw error;
    }
  };
  const announce = async (announced: Announced<T>, wait: Wait): Promise<void> => {
    while (!(await tryOnce(announced, wait)));
  };
  return {
    elected: announce,
    vacant: (term, wait) => announce({ term }, wait),
    async *follow(wait) {
      for await (const found of registers.watch(register, wait)) {
        const { leader, term, payload } = decode<T>(found);
        yield leader === undefined ? undefined : { leader, term, payload: payload as T };
      }
    },
  };
}

/** Written by {@link announcements} only. */
function decode<T>({ json }: Versioned): Announced<T> {
  return JSON.parse(json) as Announced<T>;
}
