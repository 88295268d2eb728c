import type { SyncError } from "../error.ts";
import type { Frame } from "./fields.ts";
import type { Line } from "./line.ts";

/** What is asked of the service, and who gets every frame with its id. */
export interface Request {
  /** The JSON text behind the id; made anew for each connection that it is sent on. */
  body(): string;
  receive(frame: Frame): void;
  /** Nothing will come any more, or what came cannot be understood. */
  fail(error: unknown): void;
  /** For what may not be asked twice: called when the connection is lost after it was sent, and that is its end. */
  lost?(error: SyncError): void;
  /** The handle of the run that it is about. */
  readonly run?: string | undefined;
}

interface Entry {
  readonly request: Request;
  isSent: boolean;
}

/** Everything that was asked and has no answer yet, in its order. */
export class Asked {
  readonly #entries = new Map<string, Entry>();
  // The greeting has 0.
  #ids = 1;

  /** Takes a request that `check` lets pass, and sends it if there is a line; returns its id. */
  add(request: Request, line: Line | undefined, check: (text: string) => void = () => {}): string {
    const id = `${this.#ids++}`;
    const text = textOf(id, request);
    check(text);
    this.#entries.set(id, { request, isSent: line !== undefined });
    line?.send(text);
    return id;
  }

  /** Returns whether it was asked on this connection. */
  forget(id: string): boolean {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    return entry?.isSent === true;
  }

  deliver(frame: Frame): void {
    const id = String(frame["id"]);
    const request = this.#entries.get(id)?.request;
    try {
      request?.receive(frame);
    } catch (error) {
      this.forget(id);
      request?.fail(error);
    }
  }

  fail(error: unknown, concerns: (request: Request) => boolean = () => true): void {
    for (const [id, { request }] of [...this.#entries]) {
      if (!concerns(request)) continue;
      this.#entries.delete(id);
      request.fail(error);
    }
  }

  /** The connection is lost, and all that was sent on it. */
  lost(error: SyncError): void {
    for (const [id, entry] of [...this.#entries]) {
      if (!entry.isSent) continue;
      entry.isSent = false;
      if (entry.request.lost === undefined) continue;
      this.#entries.delete(id);
      entry.request.lost(error);
    }
  }

  /** Asks everything on another connection. */
  sendAll(line: Line): void {
    for (const [id, entry] of this.#entries) {
      entry.isSent = true;
      line.send(textOf(id, entry.request));
    }
  }
}

function textOf(id: string, request: Request): string {
  return `{"id":"${id}",${request.body()}}`;
}
