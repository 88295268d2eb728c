import { sumOf } from "../atoms/register-sum.ts";
import type { Mutation, Registers, RegisterWrite, Versioned } from "../atoms/store.ts";
import { registerTimeout } from "../describe.ts";
import { VersionConflictError } from "../error.ts";
import type { Thresholds } from "../thresholds.ts";
import { watchLatest } from "../values/watch-latest.ts";
import { Answers } from "./answers.ts";

type Answer =
  | { readonly type: "written"; readonly version: number }
  | { readonly type: "added"; readonly sum: number }
  | { readonly type: "conflict" };

interface Register {
  held: Versioned | undefined;
  readonly answers: Answers<Answer>;
}

/** The registers of all runs by full key. */
export class RegisterState {
  readonly #registers = new Map<string, Register>();
  readonly #grown: (key: string, version: number) => void;

  constructor(grown: (key: string, version: number) => void) {
    this.#grown = grown;
  }

  read(key: string): Versioned | undefined {
    return this.#registers.get(key)?.held;
  }

  write(key: string, json: string, write: RegisterWrite): number {
    const { requestId, ifVersion } = write;
    const register = this.#registerOf(key);
    const before = register.answers.before(write);
    if (before?.type === "written") return before.version;
    const version = register.held?.version ?? 0;
    if (before !== undefined || (ifVersion !== undefined && ifVersion !== version)) {
      // A late copy of the request must not find its version in force after all.
      register.answers.give(requestId, { type: "conflict" });
      throw new VersionConflictError(key, ifVersion ?? 0, register.held);
    }
    this.#put(key, register, json);
    register.answers.give(requestId, { type: "written", version: version + 1 });
    return version + 1;
  }

  add(key: string, by: number, mutation: Mutation): number {
    const { requestId } = mutation;
    const register = this.#registerOf(key);
    const before = register.answers.before(mutation);
    if (before?.type === "added") return before.sum;
    const sum = sumOf(key, register.held?.json, by);
    this.#put(key, register, `${sum}`);
    register.answers.give(requestId, { type: "added", sum });
    return sum;
  }

  forget(concerns: (key: string) => boolean): void {
    for (const key of [...this.#registers.keys()]) {
      if (concerns(key)) this.#registers.delete(key);
    }
  }

  #registerOf(key: string): Register {
    const there = this.#registers.get(key);
    if (there !== undefined) return there;
    const made: Register = { held: undefined, answers: new Answers(key) };
    this.#registers.set(key, made);
    return made;
  }

  #put(key: string, register: Register, json: string): void {
    register.held = { json, version: (register.held?.version ?? 0) + 1 };
    this.#grown(key, register.held.version);
  }
}

export function memoryRegisters(
  state: RegisterState,
  thresholds: Thresholds,
  guard: () => void,
): Registers {
  return {
    read: async (key) => {
      guard();
      return state.read(key);
    },
    write: async (key, json, write) => {
      guard();
      return { version: state.write(key, json, write) };
    },
    add: async (key, by, mutation) => {
      guard();
      return state.add(key, by, mutation);
    },
    watch: (key, follow) =>
      watchLatest(follow, async (after, wait) => {
        guard();
        const held = state.read(key);
        if (held !== undefined && held.version > after) return held;
        await thresholds.wait(key, after + 1, wait, (ms) => registerTimeout(key, after, ms));
        return state.read(key);
      }),
  };
}
