import type { Namespace, Store } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import {
  type CallContext,
  foreignOperations,
  type Operations,
  runOperations,
  scopeOf,
} from "./calls.ts";
import { claimOperations } from "./claim-operations.ts";
import { type Frame, optionalWholeIn, textIn } from "./fields.ts";

interface OpenRun {
  readonly namespace: Namespace;
  readonly operations: Operations;
}

/** The runs that one client of the extension has opened, by the handles it calls them by. */
export class OpenRuns {
  readonly #store: Store;
  readonly #foreign: Operations;
  readonly #runs = new Map<string, OpenRun>();
  #opened = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#foreign = foreignOperations(store.foreign);
  }

  /** Does what a call asks for; resolves with its result. Without a handle, keys are full keys. */
  async perform(call: Frame, context: CallContext): Promise<unknown> {
    const op = textIn(call, "op");
    if (op === "open") return this.#open(call);
    if (call["run"] === undefined) return operationOf(this.#foreign, op)(call, context);
    const handle = textIn(call, "run");
    const { namespace, operations } = this.#find(handle);
    switch (op) {
      case "drop":
        return namespace.drop();
      case "close":
        this.#runs.delete(handle);
        return namespace.close();
      default:
        return operationOf(operations, op)(call, context);
    }
  }

  /** Ends what still waits in them. */
  close(): void {
    for (const { namespace } of this.#runs.values()) void namespace.close();
    this.#runs.clear();
  }

  async #open(call: Frame): Promise<string> {
    const namespace = await this.#store.open(scopeOf(call), {
      sessionTtlMs: optionalWholeIn(call, "sessionTtlMs"),
    });
    const handle = `${++this.#opened}`;
    this.#runs.set(handle, {
      namespace,
      operations: { ...runOperations(namespace), ...claimOperations(namespace) },
    });
    return handle;
  }

  #find(handle: string): OpenRun {
    const run = this.#runs.get(handle);
    if (run !== undefined) return run;
    throw new SyncError("closed", `no run with the handle "${handle}" is open; open it first`);
  }
}

function operationOf(operations: Operations, op: string): Operations[string] {
  const operation = Object.hasOwn(operations, op) ? operations[op] : undefined;
  if (operation !== undefined) return operation;
  throw new SyncError("protocol", `there is no operation "${op}"; use one version of Groundplan`);
}
