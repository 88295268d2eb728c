import { lineBreaker } from "./line-breaker.ts";

const MAX_LINE_BYTES = 60 * 1024;
const NEWLINE = 0x0a;

let guard: StdoutGuard | undefined;
let users = 0;

/** Writes a line of an instance, with its line feed, to stdout; on a line of its own whatever the plan prints. */
export function writeOwnLine(line: string): void {
  if (guard === undefined) process.stdout.write(line);
  else guard.own(line);
}

/**
 * Keeps what a plan prints from being mistaken for what an instance says: Testground stops reading at a line of 64 KiB
 * and at a JSON object with an `event` it does not know, and counts one it knows. Lines over 60 KiB are broken, and such
 * an object gets a `> ` before it. Ends when the caller closes it.
 */
export function guardStdout(): Disposable & { close(): void } {
  guard ??= new StdoutGuard();
  users++;
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    if (--users > 0) return;
    guard?.close();
    guard = undefined;
  };
  return { close, [Symbol.dispose]: close };
}

type Write = typeof process.stdout.write;
type Done = (error?: Error | null) => void;

class StdoutGuard {
  readonly #original: Write = process.stdout.write;
  readonly #broken = lineBreaker(MAX_LINE_BYTES);
  /** The start of a line that may become an object. */
  #held: Buffer = Buffer.alloc(0);
  #isAtStart = true;

  constructor() {
    const write = (
      chunk: string | Uint8Array,
      encoding?: BufferEncoding | Done,
      done?: Done,
    ): boolean => {
      const [named, callback] =
        typeof encoding === "function" ? [undefined, encoding] : [encoding, done];
      const bytes = typeof chunk === "string" ? Buffer.from(chunk, named) : Buffer.from(chunk);
      return this.#write(this.#plan(bytes), callback);
    };
    process.stdout.write = write as Write;
  }

  own(line: string): void {
    const rest = this.#release();
    const isAtStart = rest.length === 0 ? this.#isAtStart : rest.at(-1) === NEWLINE;
    this.#write(Buffer.concat([rest, Buffer.from(isAtStart ? line : `\n${line}`)]));
    this.#isAtStart = true;
  }

  close(): void {
    process.stdout.write = this.#original;
    const rest = this.#release();
    if (rest.length > 0) process.stdout.write(rest);
  }

  #write(bytes: Buffer, done?: Done): boolean {
    return Reflect.apply(this.#original, process.stdout, [bytes, done]);
  }

  #plan(chunk: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (const piece of piecesOf(chunk)) {
      const line = Buffer.concat([this.#held, piece]);
      const isWhole = line.at(-1) === NEWLINE;
      if (this.#isAtStart && mayBecomeObject(line) && line.length <= MAX_LINE_BYTES && !isWhole) {
        this.#held = line;
        continue;
      }
      this.#held = Buffer.alloc(0);
      parts.push(this.#broken(this.#isAtStart ? harmless(line) : line));
      this.#isAtStart = isWhole;
    }
    return Buffer.concat(parts);
  }

  #release(): Buffer {
    const rest = this.#held.length === 0 ? this.#held : this.#broken(harmless(this.#held));
    this.#held = Buffer.alloc(0);
    if (rest.length > 0) this.#isAtStart = false;
    return rest;
  }
}

function* piecesOf(chunk: Buffer): Generator<Buffer> {
  let start = 0;
  while (start < chunk.length) {
    const at = chunk.indexOf(NEWLINE, start);
    const end = at < 0 ? chunk.length : at + 1;
    yield chunk.subarray(start, end);
    start = end;
  }
}

function mayBecomeObject(line: Buffer): boolean {
  const first = line.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0d);
  return first === undefined || first === 0x7b;
}

function harmless(line: Buffer): Buffer {
  return mayBecomeObject(line) && hasEvent(line.toString()) ? Buffer.from(`> ${line}`) : line;
}

/** Runners find a field whatever the case of its name. */
function hasEvent(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return false;
    return Object.keys(parsed).some((name) => name.toLowerCase() === "event");
  } catch {
    return false;
  }
}
