import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { buildGo } from "./go-program.ts";

/** What a line may be: of `run.out`, of the run's events, of a file of metrics, or of InfluxDB's protocol. */
type Kind = "log" | "event" | "metric" | "influx";

/**
 * Lines as Testground's SDK for Go reads them and writes them again.
 *
 * @throws Error where it does not read one.
 */
export type Decode = (kind: Kind, lines: readonly string[]) => Promise<readonly string[]>;

/** Decodes with the SDK that the file of versions names; `undefined` where there is no Go. */
export async function decoderOf(modfile: string): Promise<Decode | undefined> {
  const sdk = join(import.meta.dirname, "go/sdk");
  const program = await buildGo(sdk, { program: "./decoder", modfile });
  if (program === undefined) return undefined;
  return async (kind, lines) => {
    const child = spawn(program, [kind], { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => {}).end(lines.map((line) => `${line}\n`).join(""));
    const closed = once(child, "close");
    const [answers, problem] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await closed;
    if (code !== 0) throw new Error(`Go's types do not take it: ${problem}`);
    return linesOf(answers);
  };
}

/** The lines of a text that ends with a line feed. */
export function linesOf(written: string): readonly string[] {
  return written.split("\n").filter((line) => line !== "");
}
