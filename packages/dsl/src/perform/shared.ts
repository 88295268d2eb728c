import type { Namespace } from "@groundplan/sync";

/** What is the same for every instance of a process: made by the first that needs it, kept while one of them does. */
export class Shared {
  readonly #made = new Map<string, WeakRef<object>>();

  once<T extends object>(key: string, make: () => T): T {
    // Only this method puts something under the key, and every caller of a key makes the same.
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
