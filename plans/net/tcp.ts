import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Me } from "@groundplan/dsl";
import { z } from "zod";

/** Where an instance is reached on the data network. */
export const Address = z.object({ host: z.string(), port: z.number().int() });
export type Address = z.output<typeof Address>;

/** Serves TCP on the data network until the run is over; a side that has said all may still be answered. */
export async function listen(me: Me, serve: (socket: Socket) => unknown): Promise<Address> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    // A caller that leaves in the middle is the caller's failure, not this instance's.
    (async () => serve(socket))().catch(() => socket.destroy());
  });
  me.cleanup(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const host = me.network.getDataNetworkIP();
  await once(server.listen(0, host), "listening", { signal: me.signal });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port was given");
  return { host, port: address.port };
}

/** A connection that lasts until the run is over. */
export async function dial(me: Me, { host, port }: Address): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  me.cleanup(() => void socket.destroy());
  await once(socket, "connect", { signal: me.signal });
  // Whoever reads or writes hears of it; an error that nobody listens to ends the process.
  socket.on("error", () => socket.destroy());
  return socket;
}

/** Sends everything back. */
export function echo(socket: Socket): void {
  socket.pipe(socket);
}

/** Sends a line and reads the line that answers it. */
export async function ask(socket: Socket, question: string): Promise<string> {
  socket.write(`${question}\n`);
  return await readLine(socket);
}

/** The line that comes next, where the other side waits for an answer before it sends another. */
export async function readLine(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.endsWith("\n")) return text.slice(0, -1);
  }
  throw new Error(`the connection ended behind ${JSON.stringify(text)}, before a whole line`);
}

/** Milliseconds from sending a line to its answer. */
export async function roundTripMs(socket: Socket): Promise<number> {
  const start = performance.now();
  await ask(socket, "ping");
  return performance.now() - start;
}
