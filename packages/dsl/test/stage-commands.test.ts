import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { choreography, type Plan, plan, rest, testcase, toCases } from "@groundplan/dsl";
import { runInstances } from "@groundplan/runtime";
import { expect, inject, it } from "vitest";

const STAGES = 40;
const INSTANCES = 3;
const each = Array.from({ length: STAGES }, (_, i) => i);
const roles = { node: rest() };

const subjects: Plan = plan("commands", {
  "barrier by hand": testcase(async ({ env, sync }) => {
    for (const i of each) await sync.signalAndWait(`b${i}`, env.instances);
  }),
  barrier: choreography({ roles }, (c) => {
    for (const i of each) c.barrier(`b${i}`);
  }),
  "barrier of a role that can lose some": choreography(
    { roles: { node: rest({ atLeast: 1 }) } },
    (c) => {
      for (const i of each) c.barrier(`b${i}`);
    },
  ),
  "exchange by hand": testcase(async ({ env, sync }) => {
    for (const i of each) {
      await sync.publish(`x${i}`, i);
      await sync.collect(`x${i}`, env.instances);
    }
  }),
  exchange: choreography({ roles }, (c) => {
    const id = c.everyone("id", {}, ({ me }) => me.id);
    for (const i of each) c.exchange(`x${i}`, id);
  }),
  run: choreography({ roles }, (c) => {
    for (const i of each) c.everyone(`r${i}`, {}, () => i);
  }),
  "nothing by hand": testcase(async () => {}),
  nothing: choreography({ roles }, () => {}),
});

it.each([
  ["barrier", "barrier by hand", 1],
  ["barrier of a role that can lose some", "barrier by hand", 1],
  ["exchange", "exchange by hand", 0],
  ["run", "nothing by hand", 0],
])(
  "a stage of the kind '%s' takes as many exchanges with Redis as '%s', and at most %d more",
  async (staged, byHand, more) => {
    const [empty, bare] = [await exchanges("nothing"), await exchanges("nothing by hand")];
    const asStage = ((await exchanges(staged)) - empty) / STAGES / INSTANCES;
    const hand = ((await exchanges(byHand)) - bare) / STAGES / INSTANCES;
    // A few that a clock brings about, such as saying that one still lives, are nobody's.
    expect(asStage).toBeLessThan(hand + more + 0.2);
  },
);

/** How many commands the instances of a whole run have given, as Redis tells whoever asks to monitor it. */
async function exchanges(name: string): Promise<number> {
  const run: string = randomUUID();
  const { hostname, port } = new URL(inject("redisUrl") ?? "redis://no-redis-server");
  const monitor = connect(Number(port), hostname);
  const teller = connect(Number(port), hostname);
  const lines = createInterface({ input: monitor });
  const over = randomUUID();
  let count = 0;
  const seen = new Promise<void>((resolve) => {
    lines.on("line", (line) => {
      // What a script does is no exchange of its own.
      if (line.includes(run) && !line.includes(" lua]")) count += 1;
      if (line.includes(over)) resolve();
    });
  });
  const monitoring = once(lines, "line");
  monitor.write("MONITOR\r\n");
  await monitoring;
  await perform(name, run);
  teller.write(`ECHO ${over}\r\n`);
  await seen;
  monitor.destroy();
  teller.destroy();
  return count;
}

async function perform(name: string, run: string): Promise<void> {
  const environments = Array.from({ length: INSTANCES }, (_, i) => ({
    TEST_PLAN: "commands",
    TEST_CASE: name,
    TEST_RUN: run,
    TEST_INSTANCE_COUNT: `${INSTANCES}`,
    TEST_GROUP_ID: "g",
    TEST_GROUP_INSTANCE_COUNT: `${INSTANCES}`,
    GROUNDPLAN_ORDINAL: `${i}`,
    GROUNDPLAN_SYNC: inject("redisUrl") ?? "",
  }));
  const results = await runInstances(toCases(subjects), environments, { write: () => {} });
  expect(results.map(({ type }) => type)).toEqual(["ok", "ok", "ok"]);
}
