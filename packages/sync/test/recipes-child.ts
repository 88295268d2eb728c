import {
  LeaderElection,
  Mutex,
  type Namespace,
  once,
  openStore,
  ReadWriteLock,
  WorkQueue,
} from "@groundplan/sync";

/** A process that begins something and never ends it; it says what happens, one word a line. */
const [url = "", run = "", ttl = "", role = ""] = process.argv.slice(2);
const store = await openStore(url);
const scope = { run, plan: "p", case: "c" };
const namespace = await store.open(scope, { sessionTtlMs: Number(ttl) });
const say = (...words: readonly unknown[]): void => {
  process.stdout.write(`${words.join(" ")}\n`);
};
const never = (): Promise<never> => new Promise(() => {});

const roles: Readonly<Record<string, (namespace: Namespace) => Promise<unknown>>> = {
  async mutex(run) {
    const lease = await new Mutex(run, "m").lock();
    lease.onEnd(() => say("lost"));
    say("began", lease.token.n);
  },
  async reader(run) {
    const lease = await new ReadWriteLock(run, "rw").read();
    say("began", lease.token.n);
  },
  async leader(run) {
    const election = new LeaderElection<string>(run, "e", {
      candidate: "child",
      onElected: () => say("elected"),
      onDeposed: () => say("deposed"),
    });
    const { term } = await election.campaign("of the child");
    say("began", term);
  },
  once: (run) =>
    once(run, "o", () => {
      say("began", 1);
      return never();
    }),
  async consumer(run) {
    const item = await new WorkQueue<string>(run, "jobs", { leaseMs: Number(ttl) }).take();
    say("began", item.deliveries);
  },
};
await roles[role]?.(namespace);
setInterval(() => {}, 1_000);
