import type { RedisOptions } from "ioredis";
import { SyncError } from "../error.ts";
import { type AddressParts, partsOf } from "./address-parts.ts";
import { takeTls } from "./tls.ts";

/** Where something listens on TCP. */
export interface Host {
  readonly host: string;
  readonly port: number;
}

/** A Redis, or what leads to one. `name` is the URL without user, password and parameters: safe to show. */
export type RedisAddress =
  | { readonly type: "server"; readonly name: string; readonly options: RedisOptions }
  | {
      readonly type: "sentinel";
      readonly name: string;
      /** Of the primary, but for where it is. */
      readonly options: RedisOptions;
      readonly sentinels: readonly Host[];
      /** Of each Sentinel, but for where it is. */
      readonly sentinelOptions: RedisOptions;
      /** What the Sentinels call the primary. */
      readonly primary: string;
    }
  | {
      readonly type: "cluster";
      readonly name: string;
      /** Of each node, but for where it is. */
      readonly options: RedisOptions;
      /** Some of its nodes; they know the others. */
      readonly nodes: readonly Host[];
    };

/** Reads an address; docs/redis.md lists what it may say. Throws `range` for anything else, without repeating secrets. */
export function parseAddress(url: string): RedisAddress {
  const parts = partsOf(url);
  if (parts === undefined) throw notAnAddress(url, "");
  try {
    const address = READERS[parts.kind](parts);
    const [unknown] = parts.parameters.keys();
    if (unknown === undefined) return address;
    const named = /^\w+$/.test(unknown) ? ` "${unknown}"` : "";
    throw new Error(`a parameter${named} means nothing here`);
  } catch (cause) {
    throw notAnAddress(url, `: ${cause instanceof Error ? cause.message : cause}`);
  }
}

const READERS: Readonly<Record<AddressParts["kind"], (parts: AddressParts) => RedisAddress>> = {
  "": (parts) => {
    const [at, ...others] = hosts(parts, 6379);
    if (at === undefined || others.length > 0) throw new Error("it takes one host");
    const db = database(parts.path.replace(/^\//, ""));
    const options = { ...at, db, ...credentials(parts), ...tls(parts) };
    return { type: "server", name: `${shown(parts, [at])}${db === 0 ? "" : `/${db}`}`, options };
  },
  "+unix": (parts) => {
    if (parts.hosts !== "" || parts.path.length < 2) throw new Error("it takes a path and no host");
    if (parts.isTls) throw new Error("a socket of this machine has no TLS");
    const db = database(parts.take("db") ?? "");
    const path = decodeURIComponent(parts.path);
    const name = `${shown(parts, [])}${parts.path}${db === 0 ? "" : `?db=${db}`}`;
    return { type: "server", name, options: { path, db, ...credentials(parts) } };
  },
  "+sentinel": (parts) => {
    const sentinels = hosts(parts, 26379);
    const primary = decodeURIComponent(parts.path.slice(1));
    if (primary === "") throw new Error("it takes a path, the name of the primary");
    const db = database(parts.take("db") ?? "");
    const secure = tls(parts);
    const [username, password] = [parts.take("sentinelUser"), parts.take("sentinelPassword")];
    return {
      type: "sentinel",
      name: `${shown(parts, sentinels)}/${primary}${db === 0 ? "" : `?db=${db}`}`,
      options: { db, ...credentials(parts), ...secure },
      sentinels,
      sentinelOptions: {
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...secure,
      },
      primary,
    };
  },
  "+cluster": (parts) => {
    const nodes = hosts(parts, 6379);
    if (!/^\/?$/.test(parts.path)) throw new Error("a cluster has one database and no name");
    const options = { ...credentials(parts), ...tls(parts) };
    return { type: "cluster", name: shown(parts, nodes), options, nodes };
  },
};

function hosts(parts: AddressParts, usualPort: number): readonly Host[] {
  return parts.hosts.split(",").map((text) => {
    const found = /^(\[[\da-f:.]+\]|[^\s:[\]]*)(?::(\d+))?$/i.exec(text);
    const port = Number(found?.[2] ?? usualPort);
    // Not repeated: it may be half of a password that was not escaped.
    if (found === null || port > 65_535) throw new Error("what stands for host:port is not one");
    return { host: found[1]?.replace(/^\[(.*)\]$/, "$1") || "localhost", port };
  });
}

function database(text: string): number {
  if (!/^\d*$/.test(text)) throw new Error("a database is a number");
  return Number(text);
}

function credentials({ user, password }: AddressParts): RedisOptions {
  return {
    ...(user !== "" && { username: decodeURIComponent(user) }),
    ...(password !== "" && { password: decodeURIComponent(password) }),
  };
}

function tls(parts: AddressParts): RedisOptions {
  return parts.isTls ? { tls: takeTls(parts.take) } : {};
}

function shown({ scheme }: AddressParts, at: readonly Host[]): string {
  const list = at.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  return `${scheme}://${list.join(",")}`;
}

function notAnAddress(url: string, why: string): SyncError {
  const safe = url.replace(/\/\/.*@/s, "//***@").replace(/\?.*/s, "?***");
  return new SyncError(
    "range",
    `"${safe}" is not the address of a Redis${why}; use redis://[user:password@]host[:port][/database], rediss:// for TLS, redis+unix://, redis+sentinel:// or redis+cluster://, with %-escapes in the password`,
  );
}
