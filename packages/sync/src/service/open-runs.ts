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
import { ClientSession } from "./client-session.ts";
import { type Frame, optionalTextIn, optionalWholeIn, textIn } from "./fields.ts";
import { checkMark, markOf } from "./run-mark.ts";

interface OpenRun {
  readonly namespace: Namespace;
  readonly mark: string;
  readonly session: ClientSession;
  readonly operations: Operations;
}

/** The runs that one client of the extension has opened, by the handles it gave them. */
export class OpenRuns {
  readonly #store: Store;
  readonly #foreign: Operations;
  readonly #max: number;
  readonly #runs = new Map<string, OpenRun>();
  readonly #opening = new Map<string, Promise<OpenRun>>();
  #isClosed = false;

  /** `max`: how many may be open at a time. */
  constructor(store: Store, max: number) {
    this.#store = store;
    this.#foreign = foreignOperations(store.foreign);
    this.#max = max;
  }

  /** Whether the client has a session that lives. */
  get hasSession(): boolean {
    return [...this.#runs.values()].some(({ session }) => session.isLive);
  }

  /** Resolves once no session lives of those that do. */
  async sessionsOver(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ session }) => session.over()));
  }

  /** Does what a call asks for; resolves with its result. Without a handle, keys are full keys. */
  async perform(call: Frame, context: CallContext): Promise<unknown> {
    const op = textIn(call, "op");
    if (op === "open") return this.#open(call);
    if (call["run"] === undefined) return operationOf(this.#foreign, op)(call, context);
    const handle = textIn(call, "run");
    if (op === "close") return this.#close(handle);
    const { namespace, operations } = this.#find(handle);
    return op === "drop" ? namespace.drop() : operationOf(operations, op)(call, context);
  }

  /** Ends what still waits in them. */
  close(): void {
    this.#isClosed = true;
    for (const { namespace } of this.#runs.values()) letGo(namespace);
    this.#runs.clear();
  }

  /** A run that is open under the handle is the one that is asked for: the client has another connection now. */
  async #open(call: Frame): Promise<Frame> {
    const handle = textIn(call, "handle");
    const { mark } = this.#runs.get(handle) ?? (await this.#once(handle, call));
    return { mark };
  }

  #once(handle: string, call: Frame): Promise<OpenRun> {
    const opening =
      this.#opening.get(handle) ??
      this.#start(handle, call).finally(() => this.#opening.delete(handle));
    this.#opening.set(handle, opening);
    return opening;
  }

  async #start(handle: string, call: Frame): Promise<OpenRun> {
    if (this.#runs.size + this.#opening.size >= this.#max) {
      const message = `${this.#max} runs are open on this connection, and that is the limit; close some`;
      throw new SyncError("range", message);
    }
    const sessionTtlMs = optionalWholeIn(call, "sessionTtlMs");
    const namespace = await this.#store.open(scopeOf(call), { sessionTtlMs });
    try {
      const mark = await markOf(namespace);
      checkMark(namespace, optionalTextIn(call, "mark"), mark);
      // The client has gone meanwhile, and nobody would close it.
      if (this.#isClosed) throw new SyncError("closed", "the connection to the client ended");
      return this.#keep(handle, namespace, mark);
    } catch (error) {
      letGo(namespace);
      throw error;
    }
  }

  #keep(handle: string, namespace: Namespace, mark: string): OpenRun {
    const session = new ClientSession(namespace);
    const operations = { ...runOperations(namespace), ...claimOperations(namespace, session) };
    const run = { namespace, mark, session, operations };
    this.#runs.set(handle, run);
    return run;
  }

  async #close(handle: string): Promise<void> {
    const opening = this.#opening.get(handle);
    if (opening !== undefined) await opening.catch(() => {});
    const run = this.#runs.get(handle);
    this.#runs.delete(handle);
    await run?.namespace.close();
  }

  #find(handle: string): OpenRun {
    const run = this.#runs.get(handle);
    if (run !== undefined) return run;
    throw new SyncError("closed", `no run with the handle "${handle}" is open; open it first`);
  }
}

/** Nobody waits for that, and it fails only when the store is gone as well. */
function letGo(namespace: Namespace): void {
  namespace.close().catch(() => {});
}

function operationOf(operations: Operations, op: string): Operations[string] {
  const operation = Object.hasOwn(operations, op) ? operations[op] : undefined;
  if (operation !== undefined) return operation;
  throw new SyncError("protocol", `there is no operation "${op}"; use one version of Groundplan`);
}
