import {
  type Registers,
  type RegisterWrite,
  UnsupportedPrimitiveError,
  type Versioned,
  type Wait,
} from "@groundplan/sync";
import type { Line } from "./line.ts";

import { type SimulatedStore, STORE_NAME } from "./simulated-store.ts";

/** The registers of a simulated store, as one instance reaches them. */
export class SimulatedRegisters implements Registers {
  readonly #line: Line;
  readonly #store: SimulatedStore;
  /** What a write was answered, so that one that is sent twice counts once. */
  readonly #written = new Map<string, number>();

  constructor(line: Line, store: SimulatedStore) {
    this.#line = line;
    this.#store = store;
  }

  read(name: string, wait: Wait = {}): Promise<Versioned | undefined> {
    return this.#line.ask<Versioned | undefined>(of(name), wait, (answer) => {
      answer.give(this.#store.register(name));
      return undefined;
    });
  }

  write(name: string, json: string, write: RegisterWrite): Promise<{ readonly version: number }> {
    const { requestId, ifVersion } = write;
    return this.#line.ask({ ...of(name), isWrite: true }, write, (answer) => {
      const before = this.#written.get(requestId);
      const version = before ?? this.#store.write(name, json, ifVersion);
      this.#written.set(requestId, version);
      answer.give({ version });
      return undefined;
    });
  }

  async add(): Promise<number> {
    throw new UnsupportedPrimitiveError("sums in registers", STORE_NAME);
  }

  // biome-ignore lint/correctness/useYield: it has nothing to yield.
  async *watch(): AsyncGenerator<Versioned, void, void> {
    throw new UnsupportedPrimitiveError("watched registers", STORE_NAME);
  }
}

function of(name: string): { readonly what: string } {
  return { what: `register "${name}"` };
}
