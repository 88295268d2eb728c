import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { buildGo } from "../interop/go-program.ts";

const bin = fileURLToPath(new URL("../../packages/cli/bin/groundplan.js", import.meta.url));
const upstream = fileURLToPath(new URL("../interop/go/sync-service", import.meta.url));

export interface Service {
  readonly url: string;
  stop(): Promise<void>;
}

/** A `groundplan service` for all tests of a file; `Running` ends with the test that started it. */
export function startService(): Promise<Service> {
  return start(process.execPath, [bin, "service", "--port", "0"]);
}

/** Testground's own sync service, for all tests of a file; nothing where there is no Go. */
export async function startUpstream(): Promise<Service | undefined> {
  const program = await buildGo(upstream);
  return program === undefined ? undefined : start(program, ["0"]);
}

async function start(program: string, args: readonly string[]): Promise<Service> {
  const service = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const port = await portOf(service);
  return {
    url: `ws://127.0.0.1:${port}`,
    async stop() {
      const ended = once(service, "exit");
      service.kill("SIGTERM");
      await ended;
    },
  };
}

/** Both say it in their first line. */
async function portOf({ stdout }: ChildProcess): Promise<string> {
  let said = "";
  for await (const chunk of stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    said += chunk;
    const [, port] = /(?:^|:)(\d+)\b.*\n/.exec(said) ?? [];
    if (port !== undefined) return port;
  }
  throw new Error(`the service ended before it said where it is: ${said}`);
}
