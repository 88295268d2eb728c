import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import type { Store } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { sendInBatches } from "./entry-batch.ts";
import type { Frame } from "./fields.ts";
import { type ForeignRequest, performForeign } from "./foreign-requests.ts";
import { OpenRuns } from "./open-runs.ts";
import { Outgoing } from "./outgoing.ts";
import { parseRequest, type Request } from "./request.ts";
import {
  callErrorResponse,
  callResponse,
  entriesResponse,
  errorResponse,
  helloResponse,
} from "./response.ts";

export interface PeerOptions {
  readonly store: Store;
  readonly maxBufferedBytes: number;
  /** What a greeting is answered with; without it, Testground's protocol is all that is spoken. */
  readonly hello: Frame | undefined;
}

interface Work {
  readonly id: string;
  /** Whether its answer can be called off. */
  readonly cancellable: boolean;
  /** Resolves with the text to answer. */
  perform(signal: AbortSignal): Promise<string>;
  failed(id: string, error: unknown): string;
}

const NO_BODY =
  "the request has no body that this service knows; send publish, subscribe, barrier or signal_entry";
const NO_HELLO = "calls are taken after a greeting only; send hello first";

/**
 * The service's side of one connection. Requests reach the store in the order of their arrival, and a wait delays none
 * that come after it. The end of the connection ends its waits.
 */
export class Peer {
  readonly #socket: WebSocket;
  readonly #store: Store;
  readonly #hello: Frame | undefined;
  readonly #out: Outgoing;
  readonly #runs: OpenRuns;
  readonly #working = new Set<AbortController>();
  readonly #cancellable = new Map<string, AbortController>();
  readonly #prefix = randomBytes(6).toString("hex");
  #requests = 0;
  #isGreeted = false;

  constructor(socket: WebSocket, { store, maxBufferedBytes, hello }: PeerOptions) {
    this.#socket = socket;
    this.#store = store;
    this.#hello = hello;
    this.#out = new Outgoing(socket, maxBufferedBytes);
    this.#runs = new OpenRuns(store);
    socket.on("message", (data) => this.#read(data.toString()));
    socket.on("close", () => this.#end());
    // Always followed by "close".
    socket.on("error", () => {});
  }

  close(): void {
    this.#end();
    this.#socket.close(1001, "the sync service was closed");
    this.#socket.terminate();
  }

  #end(): void {
    const reason = new SyncError("closed", "the connection to the client ended");
    for (const work of [...this.#working]) work.abort(reason);
    this.#runs.close();
  }

  #read(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    let request: Request;
    try {
      request = parseRequest(text, this.#hello !== undefined);
    } catch {
      this.#socket.close(1007, "failed to unmarshal JSON");
      return;
    }
    this.#handle(request);
  }

  #handle(request: Request): void {
    switch (request.type) {
      case "cancel":
        this.#cancellable.get(request.id)?.abort();
        break;
      case "hello":
        this.#isGreeted = true;
        this.#out.send(helloResponse(request.id, this.#hello ?? {}));
        break;
      case "nothing":
        this.#out.send(errorResponse(request.id, NO_BODY));
        break;
      case "call":
        this.#call(request.id, request.call);
        break;
      default:
        this.#foreign(request);
    }
  }

  #foreign(request: ForeignRequest): void {
    const requestId = `${this.#prefix}:${++this.#requests}`;
    const stream = (text: string): Promise<void> => this.#out.stream(text);
    this.#start({
      id: request.id,
      // A write is always answered: its sender has to know its number.
      cancellable: request.type === "barrier" || request.type === "subscribe",
      failed: errorResponse,
      perform: (signal) =>
        performForeign(this.#store.foreign, request, { requestId, signal, stream }),
    });
  }

  #call(id: string, call: Frame): void {
    const send = (seq: number, entries: readonly string[]): Promise<void> =>
      this.#out.stream(entriesResponse(id, seq, entries));
    this.#start({
      id,
      cancellable: true,
      failed: callErrorResponse,
      perform: async (signal) => {
        if (!this.#isGreeted) throw new SyncError("protocol", NO_HELLO);
        const result = await this.#runs.perform(call, {
          signal,
          sendEntries: (entries) => sendInBatches(entries, signal, send),
        });
        return callResponse(id, result);
      },
    });
  }

  #start({ id, cancellable, perform, failed }: Work): void {
    const work = new AbortController();
    this.#working.add(work);
    if (cancellable) this.#cancellable.set(id, work);
    void perform(work.signal)
      .catch((error: unknown) => failed(id, error))
      .then((text) => {
        this.#working.delete(work);
        if (this.#cancellable.get(id) === work) this.#cancellable.delete(id);
        if (!work.signal.aborted) this.#out.send(text);
      });
  }
}
