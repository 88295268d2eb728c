import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands between instances and a store on this machine, and cuts their connections. */
export class Relay implements AsyncDisposable {
  readonly url: string;
  /** Connections it has cut. */
  cuts = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  static async to(storeUrl: string): Promise<Relay> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Relay(server, new URL(storeUrl));
  }

  private constructor(server: Server, store: URL) {
    const { port } = server.address() as AddressInfo;
    this.url = `${store.protocol}//127.0.0.1:${port}`;
    this.#server = server;
    server.on("connection", (client) => {
      const target = connect(Number(store.port), store.hostname);
      this.#join(client, target);
      this.#join(target, client);
    });
  }

  /** Ends every connection in the middle of whatever it does. New ones are taken. */
  cut(): void {
    // Of the two sockets of a connection, one in each direction.
    this.cuts += this.#sockets.size / 2;
    for (const socket of [...this.#sockets]) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.pipe(to);
    from.on("error", () => {});
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
