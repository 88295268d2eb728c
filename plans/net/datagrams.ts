import { createSocket, type Socket } from "node:dgram";
import { EventEmitter, once } from "node:events";
import type { Me } from "@groundplan/dsl";
import { z } from "zod";
import type { Address } from "./tcp.ts";

const Datagram = z.object({
  id: z.number().int(),
  question: z.unknown().optional(),
  answer: z.unknown().optional(),
});

const RESEND_MS = 500;

/** Questions and their answers over UDP, as JSON, a datagram each. */
export class Datagrams {
  readonly address: Address;
  readonly #socket: Socket;
  readonly #answers = new EventEmitter();
  readonly #closing = new AbortController();
  #asked = 0;

  private constructor(socket: Socket, address: Address, answer: (question: unknown) => unknown) {
    this.address = address;
    this.#socket = socket;
    socket.on("message", (bytes, { address: host, port }) => {
      // What does not parse is a mistake of the plan, and ends this instance.
      const { id, ...datagram } = Datagram.parse(JSON.parse(String(bytes)));
      if (datagram.question === undefined) this.#answers.emit(`${id}`, datagram.answer);
      else this.#send({ host, port }, { id, answer: answer(datagram.question) });
    });
    // A datagram that could not be sent is lost, as any may be, and asked for again.
    socket.on("error", () => {});
  }

  /** Until the run is over. A question that is asked again is answered again. */
  static async open(me: Me, answer: (question: unknown) => unknown): Promise<Datagrams> {
    const socket = createSocket("udp4");
    const host = me.network.getDataNetworkIP();
    await once(socket.bind(0, host), "listening", { signal: me.signal });
    const datagrams = new Datagrams(socket, { host, port: socket.address().port }, answer);
    me.cleanup(() => datagrams.#close());
    return datagrams;
  }

  /** Asks until there is an answer; rejects if there is none in time. */
  async ask<T>(
    to: Address,
    question: unknown,
    answer: { readonly schema: z.ZodType<T>; readonly timeoutMs: number },
  ): Promise<T> {
    this.#asked += 1;
    const id = this.#asked;
    const time = AbortSignal.timeout(answer.timeoutMs);
    const ends = AbortSignal.any([this.#closing.signal, time]);
    ends.throwIfAborted();
    const answered = once(this.#answers, `${id}`, { signal: ends });
    this.#send(to, { id, question });
    const again = setInterval(() => this.#send(to, { id, question }), RESEND_MS);
    try {
      const [value] = await answered;
      return answer.schema.parse(value);
    } catch (cause) {
      if (!time.aborted) throw cause;
      const silent = `${to.host}:${to.port} has not answered in ${answer.timeoutMs} ms`;
      throw new Error(silent, { cause });
    } finally {
      clearInterval(again);
    }
  }

  #send({ host, port }: Address, datagram: z.output<typeof Datagram>): void {
    this.#socket.send(JSON.stringify(datagram), port, host);
  }

  #close(): void {
    this.#closing.abort(new Error("the socket was closed"));
    this.#socket.close();
  }
}
