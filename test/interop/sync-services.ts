import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { buildGo } from "./go-program.ts";
import type { Meeting } from "./instances.ts";

const groundplan = fileURLToPath(new URL("../../packages/cli/bin/groundplan.js", import.meta.url));

/** Testground's own sync service, or `undefined` where there is no Go. */
const upstream = await buildGo(join(import.meta.dirname, "go/sync-service"));

/** The services that a run may meet in, each by what starts it on a free port. */
export const services: Readonly<Record<string, () => Promise<Meeting>>> = {
  "Groundplan's service": () => serve(process.execPath, [groundplan, "service", "--port", "0"]),
  "Testground's service": () => serve(upstream ?? "", ["0"]),
};

/** Ends with the test. Resolves once the service has said its port, in its first line. */
async function serve(program: string, args: readonly string[]): Promise<Meeting> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => end(child));
  let said = "";
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk;
    const [, port] = /(?:^|:)(\d+)\b.*\n/.exec(said) ?? [];
    if (port !== undefined) return { SYNC_SERVICE_HOST: "localhost", SYNC_SERVICE_PORT: port };
  }
  throw new Error(`the service ended before it said where it is: ${said}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
