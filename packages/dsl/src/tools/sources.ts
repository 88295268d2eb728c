import type { Stage } from "../stage.ts";
import type { Node } from "./syntax/node.ts";
import { readSource, type SourceFile, stageCall } from "./syntax/source-file.ts";

/** The sources of a plan, read when they are first asked for. */
export class Sources {
  readonly #files = new Map<string, SourceFile | undefined>();

  file(path: string): SourceFile | undefined {
    if (!this.#files.has(path)) this.#files.set(path, readSource(path));
    return this.#files.get(path);
  }

  /** `"plans/network.ts:14:5"`; without the column where the source cannot be read. */
  position(stage: Stage): string | undefined {
    const found = this.#call(stage);
    if (found === undefined) return stage.source;
    return `${stage.source}:${found.method.loc.start.column + 1}`;
  }

  /** The call that declares the stage. */
  call(stage: Stage): Node | undefined {
    return this.#call(stage)?.call;
  }

  #call({ source, id }: Stage): ReturnType<typeof stageCall> {
    const place = lineOf(source);
    const file = place && this.file(place.path);
    return file && stageCall(file, place.line, id);
  }
}

/** Out of `"plans/network.ts:14"`. */
export function lineOf(
  source: string | undefined,
): { readonly path: string; readonly line: number } | undefined {
  const [, path, line] = /^(.+):(\d+)$/.exec(source ?? "") ?? [];
  return path === undefined ? undefined : { path, line: Number(line) };
}
