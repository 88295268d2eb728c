import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../packages/cli/bin/groundplan.js", import.meta.url));

/** A `groundplan service` for all tests of a file; `Running` ends with the test that started it. */
export async function startService(): Promise<{ url: string; stop(): Promise<void> }> {
  const service = spawn(process.execPath, [bin, "service", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await urlOf(service);
  return {
    url,
    async stop() {
      const ended = once(service, "exit");
      service.kill("SIGTERM");
      await ended;
    },
  };
}

async function urlOf({ stdout }: ChildProcess): Promise<string> {
  let said = "";
  for await (const chunk of stdout ?? []) {
    said += chunk;
    const [url] = /ws:\/\/[\d.]+:\d+/.exec(said) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`the service ended before it said where it is: ${said}`);
}
