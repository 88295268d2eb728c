import { lineBreaker } from "./line-breaker.ts";
import { currentInstance, liveInstances } from "./live-instance.ts";

const MAX_LINE_BYTES = 60 * 1024;

type Write = typeof process.stderr.write;

/**
 * Copies what is written to stderr to `run.err` of the instance that writes it; of all, if that cannot be told.
 * Stderr itself gets the same bytes, lines over 60 KiB broken. Ends when the caller closes it.
 */
export function teeStderr(): Disposable & { close(): void } {
  const original = process.stderr.write;
  const broken = lineBreaker(MAX_LINE_BYTES);
  const write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    const [named, callback] =
      typeof encoding === "function" ? [undefined, encoding] : [encoding, done];
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, named) : Buffer.from(chunk);
    const one = currentInstance();
    for (const instance of one === undefined ? liveInstances() : [one]) instance.errors(bytes);
    return Reflect.apply(original, process.stderr, [broken(bytes), callback]);
  };
  process.stderr.write = write as Write;
  const close = (): void => {
    process.stderr.write = original;
  };
  return { close, [Symbol.dispose]: close };
}
