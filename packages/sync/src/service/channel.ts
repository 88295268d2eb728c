import { SyncError } from "../error.ts";
import { ConnectionStatus } from "../redis/connection-status.ts";
import { Asked, type Request } from "./asked.ts";
import { type Dialled, dial, type Target } from "./dial.ts";
import type { Frame } from "./fields.ts";
import { GO_FRAME_BYTES } from "./go-frame.ts";
import type { Hello } from "./hello.ts";
import type { Line } from "./line.ts";
import { reconnect } from "./reconnect.ts";
import { anotherService, cannotTell } from "./reconnect-errors.ts";
import type { AfterReconnect } from "./service-url.ts";
import { errorIn } from "./wire-error.ts";

export interface ChannelOptions {
  readonly target: Target;
  readonly heartbeatMs: number;
  readonly reconnectMs: number;
  readonly afterReconnect: AfterReconnect;
}

/**
 * What carries every operation of the process to a service, told apart by their ids. A lost connection is made again:
 * the runs of this process are opened first, then everything that has no answer is asked again, in its order.
 */
export class Channel {
  readonly name: string;
  readonly hello: Hello | undefined;
  readonly status: ConnectionStatus;
  readonly #options: ChannelOptions;
  readonly #asked = new Asked();
  /** By handle: what opens them on another connection. */
  readonly #runs = new Map<string, () => string>();
  readonly #lostRuns = new Map<string, unknown>();
  readonly #stop = new AbortController();
  #maxFrameBytes = GO_FRAME_BYTES;
  /** Without one while it is made again. */
  #line: Line | undefined;
  #ended: SyncError | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #reconnecting: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(dialled: Dialled, options: ChannelOptions) {
    this.name = options.target.name;
    this.hello = dialled.hello;
    this.#options = options;
    this.status = new ConnectionStatus({
      isUp: () => this.#line !== undefined,
      probe: async () => {},
    });
    this.#takeUp(dialled.line);
    this.#listen(dialled);
  }

  /** Throws what ended the channel, if something has. */
  checkOpen(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  /** Sends a request, as soon as there is a connection; returns its id. */
  send(request: Request): string {
    this.checkOpen();
    const { run = "" } = request;
    if (this.#lostRuns.has(run)) throw this.#lostRuns.get(run);
    return this.#asked.add(request, this.#line, (text) => this.#checkSize(text));
  }

  /** The request is answered: further frames with its id are ignored. */
  forget(id: string): void {
    this.#asked.forget(id);
  }

  /** The answer is not wanted any more. Testground's service goes on sending it, ours does not. */
  cancel(id: string): void {
    if (this.#asked.forget(id)) this.#line?.send(`{"id":"${id}","is_cancel":true}`);
  }

  /** The run is open, and `body` opens it again on another connection. */
  keepRun(handle: string, body: () => string): void {
    this.#runs.set(handle, body);
  }

  forgetRun(handle: string): void {
    this.#runs.delete(handle);
    this.#lostRuns.delete(handle);
  }

  /** Asks something harmless again and again: Testground's service ends a connection that is silent for an hour. */
  keepAlive(everyMs: number): void {
    const ask = (): void => {
      if (this.#line === undefined) return;
      const id = this.send({
        body: () => '"barrier":{"state":"keep-alive","target":0}',
        receive: () => this.forget(id),
        fail: () => {},
        lost: () => {},
      });
    };
    this.#keepAlive = setInterval(ask, everyMs).unref();
  }

  close(): Promise<void> {
    this.#closing ??= this.#shut();
    return this.#closing;
  }

  async #shut(): Promise<void> {
    const line = this.#line;
    this.#end(new SyncError("closed", `${this.name} was closed`));
    await Promise.all([line?.close(), this.#reconnecting]);
  }

  #end(error: SyncError): void {
    clearInterval(this.#keepAlive);
    this.#line = undefined;
    // A closed channel says so, even if it was lost before.
    if (this.#ended === undefined || error.code === "closed") this.#ended = error;
    if (error.code === "closed") this.status.close();
    else this.status.lost();
    this.#stop.abort(error);
    this.#asked.fail(error);
  }

  #listen({ line, hello }: Dialled): void {
    if (hello !== undefined) this.#maxFrameBytes = hello.maxFrameBytes;
    line.handOver({
      receive: (frame) => this.#asked.deliver(frame),
      lost: (error) => this.#lost(line, error),
    });
  }

  /** From here on requests go out as they come. */
  #takeUp(line: Line): void {
    if (this.#ended !== undefined) return;
    this.#asked.sendAll(line);
    line.watch(this.#options.heartbeatMs);
    this.#line = line;
    this.status.assess();
  }

  #lost(line: Line, error: SyncError): void {
    this.#asked.lost(error);
    // One that is lost before it is taken up is another failed attempt.
    if (this.#line !== line) return;
    this.#line = undefined;
    if (error.code === "connection") this.#reconnecting = this.#reconnect(error);
    else this.#end(error);
  }

  async #reconnect(lost: SyncError): Promise<void> {
    const { reconnectMs } = this.#options;
    if (reconnectMs > 0) this.status.assess();
    const { signal } = this.#stop;
    const attempt = (timeoutMs: number): Promise<void> => this.#resume(timeoutMs);
    try {
      await reconnect({ lost, patienceMs: reconnectMs, signal, attempt });
    } catch (error) {
      if (signal.aborted) return;
      const because = error instanceof Error ? error.message : String(error);
      this.#end(error instanceof SyncError ? error : new SyncError("connection", because));
    }
  }

  async #resume(timeoutMs: number): Promise<void> {
    const { target, afterReconnect } = this.#options;
    const dialled = await dial(target, { signal: this.#stop.signal, timeoutMs });
    try {
      if ((dialled.hello === undefined) !== (this.hello === undefined))
        throw anotherService(this.name);
      if (dialled.hello === undefined && afterReconnect === "state-lost")
        throw cannotTell(this.name);
      this.#listen(dialled);
      await Promise.all(
        [...this.#runs].map(([run, body]) => this.#reopen(dialled.line, run, body)),
      );
      dialled.line.checkAlive();
      this.#takeUp(dialled.line);
    } catch (error) {
      dialled.line.cut();
      throw error;
    }
  }

  /** Rejects if that is to be tried again; a run that is lost ends what is asked of it, and no more. */
  #reopen(line: Line, run: string, body: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const receive = (frame: Frame): void => {
        this.forget(id);
        const error = errorIn(frame, this.name);
        if (error?.code === "connection") reject(error);
        else if (error !== undefined) this.#loseRun(run, error);
        resolve();
      };
      const id = this.#asked.add({ body, receive, fail: reject, lost: reject }, line);
    });
  }

  #loseRun(run: string, error: unknown): void {
    this.#runs.delete(run);
    this.#lostRuns.set(run, error);
    this.#asked.fail(error, (request) => request.run === run);
  }

  #checkSize(text: string): void {
    if (text.length * 3 <= this.#maxFrameBytes) return;
    const bytes = Buffer.byteLength(text);
    if (bytes <= this.#maxFrameBytes) return;
    throw new SyncError(
      "too-large",
      `the request takes ${bytes} bytes, and ${this.#maxFrameBytes} is the most that ${this.name} reads; send a part of it, or where to fetch it`,
    );
  }
}
