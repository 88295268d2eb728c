import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { ConnectionOptions } from "node:tls";

/** How a server is checked, and a client shows who it is, from the parameters `ca`, `cert`, `key` and `insecure`. */
export function takeTls(take: (parameter: string) => string | undefined): ConnectionOptions {
  const file = (parameter: "ca" | "cert" | "key"): ConnectionOptions => {
    const path = take(parameter);
    return path === undefined ? {} : { [parameter]: read(parameter, path) };
  };
  return { ...file("ca"), ...file("cert"), ...file("key"), ...insecure(take("insecure")) };
}

/** Absolute, because every process of a run reads it, each in a directory of its own. */
function read(parameter: string, path: string): Buffer {
  if (!isAbsolute(path)) throw new Error(`${parameter}=${path} is not an absolute path`);
  try {
    return readFileSync(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${parameter}=${path} cannot be read: ${why}`, { cause });
  }
}

function insecure(value: string | undefined): ConnectionOptions {
  if (value === undefined || value === "false") return {};
  if (value === "true") return { rejectUnauthorized: false };
  throw new Error(`insecure=${value} is neither true nor false`);
}
