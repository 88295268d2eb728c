import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { JournalEvent } from "@groundplan/dsl";

/** `journal.ndjson` of a run: what every instance did, a JSON object a line, in the order the runner heard of it. */
export class JournalFile {
  readonly #stream: WriteStream;

  constructor(path: string) {
    this.#stream = createWriteStream(path);
  }

  write(entry: JournalEvent & { readonly ordinal: number }): void {
    this.#stream.write(`${JSON.stringify(entry)}\n`);
  }

  async close(): Promise<void> {
    this.#stream.end();
    await finished(this.#stream);
  }
}
