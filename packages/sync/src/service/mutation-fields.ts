import type { Settled } from "../atoms/settled.ts";
import type { Mutation } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { type Frame, textIn } from "./fields.ts";

/** The id of a write, and what its sender says of those before it. */
export function mutationIn(call: Frame): Pick<Mutation, "requestId" | "settled"> {
  const requestId = textIn(call, "requestId");
  return (call["settled"] ?? undefined) === undefined
    ? { requestId }
    : { requestId, settled: settledIn(textIn(call, "settled")) };
}

function settledIn(text: string): Settled {
  if (/^(late|\d+:\d+(,\d+)*)$/.test(text)) return text as Settled;
  throw new SyncError(
    "protocol",
    `"settled" is "${text.slice(0, 40)}"; it must be late or numbers`,
  );
}
