import type { Entry } from "../atoms/store.ts";

const BATCH_ENTRIES = 500;
const BATCH_CHARACTERS = 256 * 1024;

type SendEntries = (seq: number, entries: readonly string[]) => Promise<void>;

/** Sends entries as they come, those that come together in one frame. */
export async function sendInBatches(
  entries: Iterable<Entry> | AsyncIterable<Entry>,
  signal: AbortSignal,
  send: SendEntries,
): Promise<void> {
  // A cancelled request gets no more of them.
  const batch = new EntryBatch(async (seq, jsons) => {
    if (!signal.aborted) await send(seq, jsons);
  });
  try {
    for await (const entry of entries) {
      if (signal.aborted) return;
      await batch.add(entry);
    }
  } finally {
    await batch.flush();
  }
}

class EntryBatch {
  readonly #send: SendEntries;
  #entries: string[] = [];
  #characters = 0;
  #first = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(send: SendEntries) {
    this.#send = send;
  }

  /** Resolves once the client has room for more. */
  add({ seq, json }: Entry): Promise<void> {
    if (this.#entries.length === 0) this.#first = seq;
    this.#entries.push(json);
    this.#characters += json.length;
    const isFull = this.#entries.length >= BATCH_ENTRIES || this.#characters >= BATCH_CHARACTERS;
    if (isFull) return this.flush();
    this.#scheduled ??= setImmediate(() => void this.flush());
    return this.#sending;
  }

  flush(): Promise<void> {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#entries.length === 0) return this.#sending;
    this.#sending = this.#send(this.#first, this.#entries);
    this.#entries = [];
    this.#characters = 0;
    return this.#sending;
  }
}
