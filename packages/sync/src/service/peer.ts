import { randomBytes } from "node:crypto";
import { WebSocket } from "ws";
import type { Store } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { sendInBatches } from "./entry-batch.ts";
import type { Frame } from "./fields.ts";
import { type ForeignRequest, performForeign } from "./foreign-requests.ts";
import { Outgoing } from "./outgoing.ts";
import { connectionEnded, type Place, type Places } from "./place.ts";
import { parseRequest, type Request } from "./request.ts";
import { RequestLimits, type ServiceLimits } from "./request-limits.ts";
import {
  callErrorResponse,
  callResponse,
  entriesResponse,
  errorResponse,
  helloResponse,
} from "./response.ts";
import { type Task, Work } from "./work.ts";

export interface PeerOptions {
  readonly store: Store;
  readonly places: Places;
  readonly limits: ServiceLimits;
  /** What a greeting is answered with; without it, Testground's protocol is all that is spoken. */
  readonly hello: Frame | undefined;
}

const NO_BODY =
  "the request has no body that this service knows; send publish, subscribe, barrier or signal_entry";
const NO_HELLO = "calls are taken after a greeting only; send hello first";

/** The connection broke, instead of being closed by the client. */
const BROKEN = 1006;

/** Ending these withdraws what they ask for, and the client may be back to ask on. */
const LASTING = new Set<unknown>(["claims.acquire", "claims.acquireAll"]);

/**
 * The service's side of one connection. Requests reach the store in the order of their arrival, and a wait delays none
 * that come after it. The end of the connection ends its waits.
 */
export class Peer {
  readonly #socket: WebSocket;
  readonly #options: PeerOptions;
  readonly #out: Outgoing;
  readonly #limits: RequestLimits;
  readonly #working = new Set<Work>();
  readonly #cancellable = new Map<string, Work>();
  readonly #prefix = randomBytes(6).toString("hex");
  #requests = 0;
  #client = "";
  #place: Place | undefined;

  constructor(socket: WebSocket, options: PeerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#out = new Outgoing(socket, options.limits.maxBufferedBytes);
    this.#limits = new RequestLimits(options.limits);
    socket.on("message", (data) => this.#read(data.toString()));
    socket.on("close", (code) => this.#end(code !== BROKEN));
    // Always followed by "close".
    socket.on("error", () => {});
  }

  close(): void {
    this.#end(true);
    this.#socket.close(1001, "the sync service was closed");
    this.#socket.terminate();
  }

  #end(isForGood: boolean): void {
    const place = this.#place;
    this.#place = undefined;
    const mayReturn =
      place !== undefined && this.#options.places.leave(this.#client, place, isForGood);
    this.#stop(mayReturn ? place : undefined);
  }

  /** Another connection of the same client has taken its place. */
  #replaced(place: Place): void {
    this.#place = undefined;
    this.#stop(place);
    this.#socket.terminate();
  }

  #stop(place: Place | undefined): void {
    const reason = connectionEnded();
    for (const work of [...this.#working]) {
      if (place !== undefined && work.isLasting) place.hold(work);
      else work.abort(reason);
    }
    this.#working.clear();
    this.#cancellable.clear();
  }

  #read(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    let request: Request;
    try {
      request = parseRequest(text, this.#options.hello !== undefined);
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
        this.#greet(request.id, request.client);
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

  #greet(id: string, client: string): void {
    const { hello = {}, places } = this.#options;
    if (this.#place === undefined) {
      const leave = (): void => this.#replaced(place);
      const place = places.take(client, { leave });
      this.#client = client;
      this.#place = place;
    }
    this.#out.send(helloResponse(id, hello));
  }

  #foreign(request: ForeignRequest): void {
    const requestId = `${this.#prefix}:${++this.#requests}`;
    const { foreign } = this.#options.store;
    const isStream = request.type === "subscribe";
    this.#start(isStream, {
      id: request.id,
      // A write is always answered: its sender has to know its number.
      isCancellable: request.type === "barrier" || isStream,
      isLasting: false,
      failed: errorResponse,
      perform: (signal) => {
        const stream = (text: string): Promise<void> => this.#out.stream(text, signal);
        return performForeign(foreign, request, { requestId, signal, stream });
      },
    });
  }

  #call(id: string, call: Frame): void {
    const place = this.#place;
    const held = place?.take(id);
    if (held !== undefined) {
      this.#adopt(held);
      return;
    }
    this.#start(call["op"] === "logs.read", {
      id,
      isCancellable: true,
      isLasting: LASTING.has(call["op"]),
      failed: callErrorResponse,
      perform: async (signal) => {
        if (place === undefined) throw new SyncError("protocol", NO_HELLO);
        const send = (seq: number, entries: readonly string[]): Promise<void> =>
          this.#out.stream(entriesResponse(id, seq, entries), signal);
        const result = await place.runs.perform(call, {
          signal,
          sendEntries: (entries) => sendInBatches(entries, signal, send),
        });
        return callResponse(id, result);
      },
    });
  }

  #start(isStream: boolean, task: Task): void {
    const refusal = this.#limits.refusal(isStream);
    if (refusal !== undefined) {
      this.#out.send(task.failed(task.id, refusal));
      return;
    }
    const work = new Work(task);
    this.#adopt(work, this.#limits.enter(isStream));
    void work.start(task);
  }

  #adopt(work: Work, leave: () => void = this.#limits.enter(false)): void {
    this.#working.add(work);
    if (work.isCancellable) this.#cancellable.set(work.id, work);
    work.belongTo((_, answer) => {
      leave();
      this.#working.delete(work);
      if (this.#cancellable.get(work.id) === work) this.#cancellable.delete(work.id);
      if (answer !== undefined) this.#out.send(answer);
    });
  }
}
