// Instances of the plan "interop" on Testground's own SDK for JavaScript, beside those of go/sdk/plan and interop-plan.ts.
const { writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { invokeMap } = require("@testground/sdk");

/** This SDK does not signal that an instance is there. */
async function initialise(env, client) {
  const { testGroupId: id } = env;
  const global = await client.signalEntry("initialized_global");
  const group = await client.signalEntry(`initialized_group_${id}`);
  env.recordMessage(`claimed sequence numbers; global=${global}, group(${id})=${group}`);
}

async function take({ wait, cancel }, count) {
  const values = [];
  while (values.length < count) values.push((await wait.next()).value);
  cancel();
  return values;
}

async function opens(barrier) {
  await barrier.wait;
  return "";
}

async function meet(env, client) {
  await initialise(env, client);
  const count = env.testInstanceCount;
  await (await client.barrier("initialized_global", count)).wait;
  const name = `js-${process.pid}`;

  const reading = await client.subscribe("addresses");
  const addressSeq = await client.publish("addresses", name);
  const addresses = await take(reading, count);
  const met = await client.signalAndWait("met", count);

  await client.publish("greetings", {
    from: name,
    after: 1_500_000_000,
    data: Buffer.from([0, 1, 254, 255]).toString("base64"),
    at: "2026-01-12T15:48:07.123Z",
    tags: { text: "<é> & \u2028" },
  });
  await client.signalAndWait("greeted", count);
  const greetings = await take(await client.subscribe("greetings"), count);

  const zero = await opens(await client.barrier("unheard-of", 0));
  const beyond = await opens(await client.barrier("met", 1));
  await client.signalAndWait("done", count);
  const barriers = { zero, beyond };
  const seen = { name, met, addressSeq, addresses, greetings, barriers };
  writeFileSync(join(env.testOutputsPath, "seen.json"), JSON.stringify(seen));
}

async function fail(env, client) {
  await initialise(env, client);
  throw new Error("boom");
}

/** A target that is not a number is null on the wire. */
async function nothing(env, client) {
  await initialise(env, client);
  await (await client.barrier("unheard-of", Number.NaN)).wait;
  await client.signalAndWait("still-here", 1);
}

// It keeps the process alive after its client is closed.
invokeMap({ meet, fail, nothing }).then(() => process.exit());
