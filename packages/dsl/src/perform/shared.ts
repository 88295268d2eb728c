import type { Namespace } from "@groundplan/sync";

/**
 * What is the same for every instance of a process: made by the first that needs it, kept while one of them does.
 *
 * `common`: where those of several processes in one memory keep what does not depend on the process.
 */
export class Shared {
  readonly #made = new Map<string, WeakRef<object>>();
  readonly #common: Shared | undefined;

  constructor(common?: Shared) {
    this.#common = common;
  }

  /** Something that every process makes the same, from what all have. */
  once<T extends object>(key: string, make: () => T): T {
    return (this.#common ?? this).onceHere(key, make);
  }

  /** Something that is the process's own: that follows the store, or has asked it. */
  onceHere<T extends object>(key: string, make: () => T): T {
    // Only these methods put something under the key, and every caller of a key makes the same.
    const there = this.#made.get(key)?.deref() as T | undefined;
    if (there !== undefined) return there;
    const made = make();
    this.#made.set(key, new WeakRef(made));
    return made;
  }
}

const shared = new WeakMap<Namespace, Shared>();

export function sharedIn(namespace: Namespace): Shared {
  const there = shared.get(namespace) ?? new Shared();
  shared.set(namespace, there);
  return there;
}
