import { isDeepStrictEqual } from "node:util";
import type { Namespace } from "@groundplan/sync";

type Write = (...args: unknown[]) => Promise<unknown>;

const ATOMS = new Set<unknown>(["counters", "logs", "registers", "records", "groups"]);
const WRITES = new Set<unknown>(["add", "addAndReach", "append", "write", "join", "leave"]);

/** Who sends every write a second time while the first is on its way, as a client does whose connection was lost. */
export class Resender {
  /** Writes that were sent twice. */
  resent = 0;
  /** Those whose second answer was another. */
  readonly unlike: unknown[] = [];

  /** The run as its instances are to see it. */
  namespace(namespace: Namespace): Namespace {
    return new Proxy(namespace, {
      get: (target, key) => {
        const value = Reflect.get(target, key, target);
        if (ATOMS.has(key)) return this.#atoms(value);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  #atoms<T extends object>(atoms: T): T {
    return new Proxy(atoms, {
      get: (target, key) => {
        const value = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        const call: Write = value.bind(target);
        return WRITES.has(key) ? this.#twice(call) : call;
      },
    });
  }

  #twice(write: Write): Write {
    return async (...args) => {
      this.resent += 1;
      const [first, second] = await Promise.allSettled([write(...args), write(...args)]);
      if (first.status === "rejected") throw first.reason;
      if (!isDeepStrictEqual(first, second)) this.unlike.push([args, first, second]);
      return first.value;
    };
  }
}
