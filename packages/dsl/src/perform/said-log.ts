import type { LogKey, Namespace } from "@groundplan/sync";
import { z } from "zod";
import { entriesNow } from "./entries-now.ts";

const LOG: LogKey = { kind: "own", name: "progress" };
/** Of some 100 bytes each: well below what Testground's service takes. */
const PER_ENTRY = 100;

const schema = z.object({ at: z.number(), said: z.record(z.string(), z.unknown()) });

/** What instances say of themselves, by id. */
type Said = Readonly<Record<string, object>>;

/** Appends it, for stores that keep no records: there the last word of each is its record. */
export async function appendSaid(
  namespace: Namespace,
  said: Said,
  timeoutMs: number,
): Promise<void> {
  const all = Object.entries(said);
  for (let first = 0; first < all.length; first += PER_ENTRY) {
    const some = Object.fromEntries(all.slice(first, first + PER_ENTRY));
    const requestId = namespace.requestId();
    const json = JSON.stringify({ at: Date.now(), said: some });
    await namespace.logs.append(LOG, json, { requestId, timeoutMs });
  }
}

/** The last word of each, with its age by the clocks of both machines, which is good enough to be read by people. */
export async function readSaid(
  namespace: Namespace,
  timeoutMs: number,
): Promise<ReadonlyMap<number, { readonly said: unknown; readonly ageMs: number }>> {
  const last = new Map<number, { readonly said: unknown; readonly ageMs: number }>();
  for (const { json } of await entriesNow(namespace, LOG, timeoutMs)) {
    const { at, said } = schema.parse(JSON.parse(json));
    const ageMs = Math.max(0, Date.now() - at);
    for (const [id, each] of Object.entries(said)) last.set(Number(id), { said: each, ageMs });
  }
  return last;
}
