import { logEntry } from "../line.ts";
import type { RawAsset } from "./raw-asset.ts";

type Level = "debug" | "info" | "warn" | "error";

/** A log of its own in an instance's outputs: a JSON object a line, as Go's `StandardJSONConfig` has zap write them. */
export interface StructuredAsset
  extends Disposable,
    Readonly<Record<Level, (message: string, fields?: Readonly<Record<string, unknown>>) => void>> {
  readonly path: string;
  /** May be called twice. The instance closes what is still open at its end. */
  close(): void;
}

/** Writes to a file, which closes with the log. */
export function structuredAsset(file: RawAsset): StructuredAsset {
  const at =
    (level: Level) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      file.write(`${logEntry(level, message, fields)}\n`);
  return {
    path: file.path,
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    close: () => file.close(),
    [Symbol.dispose]: () => file.close(),
  };
}
