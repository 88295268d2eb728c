import { Membership, openStore } from "@groundplan/sync";

/** A process that joins under some names and does nothing more; it says when it has, and when it is lost. */
const [url = "", run = "", ttl = "", ...ids] = process.argv.slice(2);
const store = await openStore(url);
const scope = { run, plan: "p", case: "c" };
const namespace = await store.open(scope, { sessionTtlMs: Number(ttl) });
const membership = new Membership<number>(namespace, "peers");
const members = await Promise.all(ids.map((id) => membership.join(id, process.pid)));
members[0]?.lost.addEventListener("abort", () => process.stdout.write("lost\n"));
process.stdout.write("joined\n");
setInterval(() => {}, 1_000);
