import { createInterface } from "node:readline";
import { openStore } from "@groundplan/sync";

/** A process that asks for the queue "c" and does as it is told, one word a line; it says what happens in the same way. */
const [url = "", run = "", ttl = "", waiting = "1"] = process.argv.slice(2);
const store = await openStore(url);
const scope = { run, plan: "p", case: "c" };
const namespace = await store.open(scope, { sessionTtlMs: Number(ttl) });
const session = await namespace.session();
const say = (...words: readonly unknown[]): void => {
  process.stdout.write(`${words.join(" ")}\n`);
};
session.lost.addEventListener("abort", () => say("session", session.lost.reason.code));

const requests = Array.from({ length: Number(waiting) }, () =>
  namespace.claims.acquire("c", { capacity: 1, requestId: namespace.requestId() }),
);
say("asked");
const grant = await Promise.race(requests);
say("held", grant.token.n);
grant.lost.addEventListener("abort", () => say("lost", grant.lost.reason.code));
for await (const line of createInterface(process.stdin)) {
  if (line === "release") {
    say("released", await namespace.claims.release(grant, { requestId: "release" }));
  } else if (line === "renew") say("renewed", await namespace.claims.renew(grant));
}
