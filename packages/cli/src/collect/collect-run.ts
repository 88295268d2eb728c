import { lstatSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { create } from "tar";
import { messageOf, usage } from "../command-error.ts";

/**
 * Packs the outputs of a run as Testground does: a gzipped tar file with `<run>/<group>/<n>/…`, and beside the groups
 * what the run itself left. Only files and directories. Resolves with the absolute path of the file.
 */
export async function collectRun(directory: string, file: string): Promise<string> {
  const target = resolve(file);
  // Whole or not at all: others may be waiting for the file.
  const partial = join(dirname(target), `.${basename(target)}.${process.pid}`);
  const cwd = dirname(directory);
  try {
    await create(
      {
        cwd,
        file: partial,
        gzip: true,
        portable: true,
        filter: (path) => isPlain(join(cwd, path)),
      },
      [basename(directory)],
    );
    await rename(partial, target);
    return target;
  } catch (cause) {
    await rm(partial, { force: true });
    throw usage(`the outputs cannot be collected in '${file}': ${messageOf(cause)}`, cause);
  }
}

/** Sockets and links of a plan's own mean nothing elsewhere. */
function isPlain(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true || found?.isDirectory() === true;
}
