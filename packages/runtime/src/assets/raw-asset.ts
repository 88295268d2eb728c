import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { RuntimeError } from "../runtime-error.ts";

/** A file in an instance's outputs. */
export interface RawAsset extends Disposable {
  readonly path: string;
  /**
   * Appends; done when it returns, so that nothing is lost whatever becomes of the process. Throws what the file system
   * throws.
   *
   * @throws {@link RuntimeError} `bad-asset` once the asset is closed.
   */
  write(data: string | Uint8Array): void;
  /** May be called twice. The instance closes what is still open at its end. */
  close(): void;
}

/** Creates the file and its directories; what it held before is gone. Closed by the caller. */
export function openRawAsset(path: string): RawAsset {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, "w");
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  const write = (data: string | Uint8Array): void => {
    if (!isOpen) {
      throw new RuntimeError("bad-asset", `${path} is closed; write before the instance ends`);
    }
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    // A disk that is nearly full takes a part.
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  };
  return { path, write, close, [Symbol.dispose]: close };
}
