import { nameInKey } from "../describe.ts";
import { SyncError } from "../error.ts";
import type { QueueShape } from "./queues.ts";

/** What goes wrong with a queue: the same words in every store. */
export function shapeMismatch(key: string, declared: QueueShape, asked: QueueShape): SyncError {
  return new SyncError(
    "mismatch",
    `${nameInKey(key)}: ${inWords(asked)} was asked for, and ${inWords(declared)} had been before; let every process ask for the same`,
  );
}

export function queueTimeout(key: string, what: "items" | "space", timeoutMs: number): string {
  const name = nameInKey(key);
  if (what === "items") return nothingToTake(name, timeoutMs);
  return `${name}: no room for another item within ${timeoutMs} ms; is anybody taking?`;
}

export function nothingToTake(title: string, timeoutMs: number): string {
  return `${title}: nothing to take within ${timeoutMs} ms`;
}

function inWords({ capacity, maxDeliveries }: QueueShape): string {
  return `a capacity of ${capacity || "any number"} with ${maxDeliveries || "any number of"} deliveries`;
}
