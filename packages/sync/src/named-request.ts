import { SyncError } from "./error.ts";

/** What fits into a request id beside the id itself. */
const MAX_NAME_BYTES = 90;

/** An id that carries a name: claim queues know requests only. Without a name, the id as it is. */
export function requestOf(requestId: string, name: string | undefined): string {
  if (name === undefined) return requestId;
  const escaped = encodeURIComponent(name);
  if (escaped.length > 0 && escaped.length <= MAX_NAME_BYTES) return `${requestId}:${escaped}`;
  throw new SyncError(
    "range",
    `member "${name.slice(0, 40)}" takes ${escaped.length} bytes when escaped as in a URL; a name takes 1 to ${MAX_NAME_BYTES}`,
  );
}

/** The name that an id carries, if it does. */
export function nameIn(requestId: string): string | undefined {
  const [, , name] = requestId.split(":");
  return name === undefined ? undefined : decodeURIComponent(name);
}
