import { MemoryStore, openStore, type Store } from "@groundplan/sync";
import { type ServiceOptions, serveSync } from "@groundplan/sync/service";
import { inject } from "vitest";
import { conformance, type Subject } from "./conformance.ts";

async function served(backing: Store, options: ServiceOptions = {}): Promise<Subject> {
  const service = await serveSync(backing, { ...options, port: 0 });
  return {
    open: () => openStore(service.url),
    close: async () => {
      await service.close();
      await backing.close();
    },
  };
}

conformance("ServiceStore on MemoryStore", () => served(new MemoryStore()));

conformance("ServiceStore on RedisStore", async () => {
  const url = inject("redisUrl");
  if (url === undefined) throw new Error("these tests need a redis-server");
  return served(await openStore(url));
});

const NOT_IN_PROTOCOL = "Testground's protocol has no request for it";

conformance(
  "ServiceStore on a service that speaks Testground's protocol only",
  () => served(new MemoryStore(), { extension: false }),
  [
    { feature: "requestIds", reason: "a signal or publish carries no id that outlives its answer" },
    { feature: "epoch", reason: NOT_IN_PROTOCOL },
    { feature: "records", reason: NOT_IN_PROTOCOL },
    { feature: "drop", reason: NOT_IN_PROTOCOL },
    { feature: "targets", reason: NOT_IN_PROTOCOL },
    { feature: "registers", reason: NOT_IN_PROTOCOL },
    { feature: "rates", reason: NOT_IN_PROTOCOL },
    { feature: "queues", reason: NOT_IN_PROTOCOL },
    { feature: "sessions", reason: NOT_IN_PROTOCOL },
    { feature: "claims", reason: NOT_IN_PROTOCOL },
    { feature: "groups", reason: NOT_IN_PROTOCOL },
  ],
);
