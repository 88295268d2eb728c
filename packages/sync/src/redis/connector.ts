import { createConnection, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AbstractConnector, type RedisOptions } from "ioredis";
import type { Host } from "./address.ts";

/** For a client that asks, each time it connects, where to. `find` rejects only when the client has no use for an answer. */
export function connectorTo(
  find: (stop: AbortSignal) => Promise<Host>,
  { tls }: RedisOptions,
): NonNullable<RedisOptions["Connector"]> {
  return class extends AbstractConnector {
    #stop = new AbortController();

    constructor() {
      super(0);
    }

    override async connect(): Promise<Socket> {
      this.#stop = new AbortController();
      const { signal } = this.#stop;
      const at = await find(signal);
      signal.throwIfAborted();
      const socket = tls === undefined ? createConnection(at) : connectTls({ ...at, ...tls });
      socket.once("error", (error) => {
        this.firstError = error;
      });
      this.stream = socket;
      return socket;
    }

    override disconnect(): void {
      this.#stop.abort(new Error("Connection is closed."));
      super.disconnect();
    }
  };
}
