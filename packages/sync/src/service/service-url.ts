import { SyncError } from "../error.ts";

/** What to do when the connection to a service that keeps no epoch was lost and made again. */
export type AfterReconnect = "state-lost" | "continue";

export interface ServiceStoreOptions {
  /** Milliseconds between requests that only keep the connection; 5 minutes unless given. */
  readonly keepAliveMs?: number | undefined;
  /**
   * Milliseconds between looks at whether the other side is still there; 4,000 unless given. A connection that is dead
   * without being closed is noticed after one to two of them.
   */
  readonly heartbeatMs?: number | undefined;
  /** How long a lost connection is tried to be made again, in milliseconds; 30,000 unless given, 0: not at all. */
  readonly reconnectMs?: number | undefined;
  /**
   * With Testground's own service, which cannot tell whether it still knows what it was told: `state-lost` ends
   * everything with a `StateLostError` once the service is there again, `continue` takes up barriers and topics where
   * they were. `state-lost` unless given; without meaning for Groundplan's service, which can tell.
   */
  readonly afterReconnect?: AfterReconnect | undefined;
}

/** The address of a service. */
export interface ServiceAddress {
  /** To connect to; with the password, without parameters. */
  readonly url: string;
  /** To show: without either. */
  readonly name: string;
  readonly options: ServiceStoreOptions;
}

const PARAMETERS = ["reconnectMs", "afterReconnect"];

/** Reads `ws://host:5050?reconnectMs=30000&afterReconnect=continue`. Throws `range` for parameters that it has not. */
export function parseServiceUrl(text: string): ServiceAddress {
  if (!URL.canParse(text)) return { url: text, name: text, options: {} };
  const url = new URL(text);
  const { protocol, host, pathname, searchParams } = url;
  const name = `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
  const unknown = [...searchParams.keys()].find((key) => !PARAMETERS.includes(key));
  if (unknown !== undefined) {
    const known = PARAMETERS.join(" and ");
    throw new SyncError("range", `${name}: the parameter "${unknown}" is none of ${known}`);
  }
  const options = {
    reconnectMs: milliseconds(name, searchParams.get("reconnectMs")),
    afterReconnect: afterReconnect(name, searchParams.get("afterReconnect")),
  };
  url.search = "";
  return { url: url.href, name, options };
}

function milliseconds(name: string, text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new SyncError("range", `${name}: reconnectMs is "${text}"; it takes milliseconds`);
}

function afterReconnect(name: string, text: string | null): AfterReconnect | undefined {
  if (text === null) return undefined;
  if (text === "continue" || text === "state-lost") return text;
  const message = `${name}: afterReconnect is "${text}"; it takes state-lost or continue`;
  throw new SyncError("range", message);
}
