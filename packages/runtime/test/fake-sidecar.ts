import { hostname } from "node:os";
import { type Namespace, SyncClient } from "@groundplan/sync";
import { onTestFinished } from "vitest";
import { z } from "zod";

const whole = z.int().nonnegative();
const percent = z.number().min(0).max(100);
const shape = z.strictObject({
  latency: whole,
  jitter: whole,
  bandwidth: whole,
  filter: z.int().min(0).max(2),
  loss: percent,
  corrupt: percent,
  corrupt_corr: percent,
  reorder: percent,
  reorder_corr: percent,
  duplicate: percent,
  duplicate_corr: percent,
});

/** Stricter than Testground's own: a field that it would ignore, or die of, is refused. */
const config = z.strictObject({
  network: z.literal("default"),
  IPv4: z.cidrv4().optional(),
  enable: z.boolean(),
  default: shape,
  rules: z.array(z.strictObject({ ...shape.shape, subnet: z.cidrv4() })),
  callback_state: z.string().min(1),
  routing_policy: z.enum(["allow_all", "deny_all"]),
});

export type Applied = z.output<typeof config>;

/** What a sidecar does for this machine's instances; what it was told to apply, in order. */
export interface FakeSidecar {
  readonly applied: readonly Applied[];
}

interface FakeSidecarOptions {
  /** How many instances it signals `network-initialized` for. */
  readonly instances?: number;
  /** Takes configurations, and answers none, as a sidecar does that could not apply the first. */
  readonly isSilent?: boolean;
}

/** Ends with the test. */
export async function fakeSidecar(
  namespace: Namespace,
  { instances = 1, isSilent = false }: FakeSidecarOptions = {},
): Promise<FakeSidecar> {
  const sync = new SyncClient(namespace);
  const applied: Applied[] = [];
  for (let i = 0; i < instances; i++) await sync.signalEntry("network-initialized");
  const serving = serve(sync, async (found) => {
    applied.push(found);
    if (!isSilent) await sync.signalEntry(found.callback_state);
  });
  onTestFinished(async () => {
    await sync.close();
    await serving.catch(() => {});
  });
  return { applied };
}

async function serve(sync: SyncClient, apply: (found: Applied) => Promise<void>): Promise<void> {
  // What does not decode ends it: it answers no more.
  for await (const found of sync.subscribe(`network:${hostname()}`)) {
    await apply(config.parse(found));
  }
}
