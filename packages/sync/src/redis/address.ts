import type { RedisOptions } from "ioredis";
import { SyncError } from "../error.ts";

/** Where a Redis listens. */
export interface RedisAddress {
  /** The URL without user and password: safe to show. */
  readonly name: string;
  readonly options: RedisOptions;
}

/** Reads `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS. Throws `range` for another URL. */
export function parseAddress(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const database = /^\/?(\d*)$/.exec(parsed?.pathname ?? "-")?.[1];
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || database === undefined) {
    throw notAnAddress(url);
  }
  const { protocol, hostname, port, username, password } = parsed;
  const host = hostname === "" ? "localhost" : hostname;
  const db = Number(database);
  const tail = db === 0 ? "" : `/${db}`;
  return {
    name: `${protocol}//${host}:${port === "" ? "6379" : port}${tail}`,
    options: {
      host: host.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? 6379 : Number(port),
      db,
      ...(username !== "" && { username: decode(username, url) }),
      ...(password !== "" && { password: decode(password, url) }),
      ...(protocol === "rediss:" && { tls: {} }),
    },
  };
}

function decode(part: string, url: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw notAnAddress(url);
  }
}

function notAnAddress(url: string): SyncError {
  const shown = url.replace(/\/\/.*@/s, "//***@");
  return new SyncError(
    "range",
    `"${shown}" is not the address of a Redis; use redis://[user:password@]host[:port][/database], with %-escapes in the password`,
  );
}
