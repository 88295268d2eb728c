import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";

/** How a random file is made. */
export interface RandomFileOptions {
  /** The same seed and size give the same content; drawn at random unless given. */
  readonly seed?: string | undefined;
  /** Stops, and leaves no file. */
  readonly signal?: AbortSignal | undefined;
}

const CHUNK_BYTES = 1 << 20;

/** Fills a new file in the directory, its name beginning with `prefix`; resolves with its path once it is on the disk. */
export async function writeRandomFile(
  directory: string,
  prefix: string,
  bytes: number,
  { seed, signal }: RandomFileOptions,
): Promise<string> {
  signal?.throwIfAborted();
  const path = join(directory, `${prefix}${randomBytes(6).toString("hex")}`);
  const file = await open(path, "wx");
  try {
    await fill(file, bytes, keystream(seed ?? randomBytes(32)), signal);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return path;
}

async function fill(
  file: FileHandle,
  bytes: number,
  next: (length: number) => Buffer,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    signal?.throwIfAborted();
    await file.writeFile(next(Math.min(left, CHUNK_BYTES)));
  }
}

/** What a cipher makes of zeros: as good as random, fast, and a function of the seed. */
function keystream(seed: string | Buffer): (length: number) => Buffer {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return (length) => cipher.update(Buffer.alloc(length));
}
