import type { Wait } from "../wait.ts";
import type { Address } from "./address.ts";
import type { Channel } from "./channel.ts";
import { type Exchange, exchange } from "./exchange.ts";
import type { Frame } from "./fields.ts";

interface Call<T> extends Pick<Exchange<T>, "read" | "part"> {
  /** A function of them if they are others when it is asked again. */
  readonly args: Frame | (() => Frame);
  readonly wait: Wait;
  readonly describe?: (timeoutMs: number) => string;
}

/** Makes calls of the extension, on one run or by full key. */
export class Caller {
  readonly channel: Channel;
  readonly address: Address;

  constructor(channel: Channel, address: Address) {
    this.channel = channel;
    this.address = address;
  }

  call<T>(op: string, { args, wait, ...reading }: Call<T>): Promise<T> {
    const { name } = this.channel;
    const describe = (ms: number): string => `${op}: ${name} did not answer within ${ms} ms`;
    const { run } = this.address;
    const text = typeof args === "function" ? undefined : this.body(op, args);
    const body = (): string => text ?? this.body(op, typeof args === "function" ? args() : args);
    return exchange(this.channel, wait, { describe, ...reading, run, body });
  }

  body(op: string, args: Frame): string {
    return `"call":${JSON.stringify({ op, run: this.address.run, ...args })}`;
  }
}
