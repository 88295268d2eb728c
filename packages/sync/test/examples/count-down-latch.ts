import { CountDownLatch, type Namespace } from "@groundplan/sync";

/** A worker hands in its parts, without knowing how many there are. */
export async function work(run: Namespace, parts: number): Promise<void> {
  const done = new CountDownLatch(run, "parts");
  for (let part = 0; part < parts; part++) await done.countDown();
}

/** Whoever hands out the work names the number, also after the first parts are in. */
export async function waitForParts(run: Namespace, parts: number): Promise<void> {
  const done = new CountDownLatch(run, "parts");
  await done.init(parts);
  await done.wait({ timeoutMs: 10_000 });
}
