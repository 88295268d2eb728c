// Instances of the plan "interop" in TypeScript, beside those of go/sdk/plan and interop-plan.cjs.
import { writeFileSync } from "node:fs";
import {
  choreography,
  main,
  one,
  outside,
  plan,
  rest,
  type TestContext,
  testcase,
} from "@groundplan/dsl";
import { z } from "zod";

/** What is written differently in other languages. */
const Greeting = z.object({
  from: z.string(),
  after: z.int(),
  data: z.base64(),
  at: z.iso.datetime(),
  tags: z.record(z.string(), z.string()),
});

async function meet({ env, sync, signal }: TestContext): Promise<void> {
  const { instances } = env;
  await sync.barrier("initialized_global", instances, { signal });
  const name = `ts-${process.pid}`;

  const reading = sync.collect<string>("addresses", instances, { signal });
  const addressSeq = await sync.publish("addresses", name);
  const addresses = await reading;
  const met = await sync.signalAndWait("met", instances, { signal });

  await sync.publish("greetings", {
    from: name,
    after: 1_500_000_000,
    data: Buffer.from([0, 1, 254, 255]).toString("base64"),
    at: "2026-01-12T15:48:07.123Z",
    tags: { text: "<é> & \u2028" },
  });
  await sync.signalAndWait("greeted", instances, { signal });
  const greetings = await sync.collect("greetings", instances, { signal });
  for (const greeting of greetings) Greeting.parse(greeting);

  const barriers = await endsOfBarriers(sync);
  await sync.signalAndWait("done", instances, { signal });
  const seen = { name, met, addressSeq, addresses, greetings, barriers };
  writeFileSync(env.outputPath("seen.json"), JSON.stringify(seen));
}

/** How each of them ends: "" where it opens. */
async function endsOfBarriers(
  sync: TestContext["sync"],
): Promise<Readonly<Record<string, string>>> {
  const stop = new AbortController();
  const pending = end(sync.barrier("never", 1, { signal: stop.signal }));
  stop.abort();
  return {
    zero: await end(sync.barrier("unheard-of", 0)),
    beyond: await end(sync.barrier("met", 1)),
    cancelled: await pending,
    late: await end(sync.barrier("never", 1, { timeoutMs: 100 })),
  };
}

function end(barrier: Promise<void>): Promise<string> {
  return barrier.then(
    () => "",
    (error) => String(error),
  );
}

async function fail(): Promise<void> {
  throw new Error("boom");
}

async function crash({ sync, signal }: TestContext): Promise<void> {
  void Promise.reject(new Error("boom"));
  await sync.barrier("never", 1, { signal });
}

/** Publishes the longest text that it may, and tries a longer one. */
async function large({ env, sync }: TestContext): Promise<void> {
  let longest = 0;
  for (let length = 32_768; longest === 0; length--) {
    await sync.publish("texts", "x".repeat(length)).then(
      () => {
        longest = length;
      },
      (error) => {
        if (error.code !== "too-large") throw error;
      },
    );
  }
  await sync.publish("texts", "last");
  writeFileSync(env.outputPath("seen.json"), JSON.stringify(longest));
}

/** Outlives the instance of Go that was killed in the middle of a barrier, and counts its signal. */
async function outlive({ env, sync, signal }: TestContext): Promise<void> {
  await sync.signalAndWait("outlived", env.instances, { signal });
}

/** Leaves its parameters as it reads them, and records a message that no line has room for. */
async function read({ env, params }: TestContext): Promise<void> {
  env.recordMessage("x".repeat(100_000));
  writeFileSync(env.outputPath("seen.json"), JSON.stringify(params));
}

const Params = z.object({
  rounds: z.int().default(3),
  peers: z.array(z.string()).default(["a", "b"]),
  text: z.string().default("from the manifest"),
  label: z.string().optional(),
  own: z.string().default("of the plan"),
});

/** Measures under a name with all that InfluxDB has to have escaped. */
async function measure({ env }: TestContext): Promise<void> {
  env.results().recordPoint("odd=name \\ é,dir=a b", 1.5);
  env.results().counter("seen").inc(3);
  env.results().histogram("sizes").update(7);
}

/** Has its network shaped by whoever is the sidecar, twice. */
async function shape({ network }: TestContext): Promise<void> {
  await network.configureNetwork({
    ipv4: "16.0.1.5/16",
    default: {
      latency: "200ms",
      jitter: 1.5,
      bandwidth: "10mbit",
      loss: 0.5,
      corrupt: 1,
      corruptCorrelation: 2,
      reorder: 3,
      reorderCorrelation: 4,
      duplicate: 5,
      duplicateCorrelation: 6,
    },
    rules: [{ subnet: "16.0.2.0/24", filter: "drop" }],
    routingPolicy: "allow_all",
  });
  await network.configureNetwork({ enable: false });
}

const mixed = choreography({ roles: { seed: one(), peer: rest(), go: outside(2) } }, (c) => {
  const address = c.everyone("address", {}, ({ me }) => `ts-${me.id}`);
  const ready = c.signal("ready", { at: "seed", state: "bootstrapped" });
  c.waitFor("bootstrapped", ready, { at: "peer" });
  const addresses = c.exchange("addresses", address, { topic: "addresses", schema: z.string() });
  const version = z.object({ version: z.string() });
  const config = c.receive("config", "go", { topic: "config", schema: version });
  c.everyone("look", { addresses, config }, ({ addresses, config, me }) => {
    me.log("outside", {
      own: [addresses.seed, ...addresses.peer],
      go: [...addresses.go].sort(),
      config: [...config],
    });
  });
  c.barrier("all-up", { at: ["seed", "peer", "go"], state: "all-up" });
});

const interop = plan("interop", {
  meet: testcase(meet),
  fail: testcase(fail),
  crash: testcase(crash),
  large: testcase(large),
  outlive: testcase(outlive),
  measure: testcase(measure),
  shape: testcase(shape),
  read: testcase(read, { params: Params }),
  mixed,
});
export default interop;
await main(import.meta, interop);
