import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { runInstance, type TestCaseFunction } from "@groundplan/runtime";
import { openStore } from "@groundplan/sync";
import { describe, expect, it, onTestFinished } from "vitest";
import { lineCollector, temporaryDirectory, testEnvironment } from "./environment.ts";
import { influxServer, silentAddress } from "./influx-server.ts";

const invokedPlan = fileURLToPath(new URL("invoked-plan.ts", import.meta.url));
const exitPlan = fileURLToPath(new URL("metrics-exit-plan.ts", import.meta.url));

interface Performed {
  readonly outcome: string;
  readonly messages: string[];
  readonly read: (name: string) => string;
}

async function perform(
  meet: TestCaseFunction,
  changes: Record<string, string>,
): Promise<Performed> {
  const outputs = temporaryDirectory();
  const environment = testEnvironment({ TEST_RUN: "r", TEST_OUTPUTS_PATH: outputs, ...changes });
  const store = await openStore("memory:");
  onTestFinished(() => store.close());
  const namespace = await store.open({ run: "r", plan: "demo", case: "meet" });
  const { lines, write } = lineCollector();
  const { type } = await runInstance({ meet }, { environment, namespace, write });
  const messages = lines.flatMap(messageOf).filter((text) => /influx|metric/i.test(text));
  return { outcome: type, messages, read: (name) => readFileSync(join(outputs, name), "utf8") };
}

/** What a line tells the user, if that is what it is for. */
function messageOf(line: string): string[] {
  const { event } = JSON.parse(line) as { event?: { message_event?: { message: string } } };
  return event?.message_event === undefined ? [] : [event.message_event.message];
}

/** Without its time, if it has one. */
const timeless = (line: string): string => line.replace(/ \d{19}$/, " TS");

describe("InfluxDB", () => {
  it("hears of results, diagnostics and events in the Go SDK's names", async () => {
    const server = await influxServer();
    const { outcome, messages } = await perform(
      async (env) => {
        env.results().recordPoint("rtt,peer=3", 0.25);
        env.results().counter("c").inc(2);
        env.diagnostics().counter("c").inc(3);
        env.diagnostics().meter("m").mark();
      },
      { INFLUXDB_URL: server.url, TEST_GROUP_ID: "g 1" },
    );
    expect([outcome, messages]).toEqual(["ok", []]);
    const lines = server.written.map(timeless).filter((line) => !line.includes(".node."));
    const tags = "group_id=g\\ 1";
    expect(lines).toEqual([
      `events,event_type=start_event,${tags},run=r count=1i`,
      `results.demo-meet.rtt.point,${tags},peer=3,run=r value=0.25 TS`,
      `events,event_type=SuccessEvent,${tags},run=r count=1i`,
      `diagnostics.demo-meet.c.counter,${tags},run=r count=3i TS`,
      expect.stringMatching(
        /^diagnostics\.demo-meet\.m\.meter,.* count=1,m1=0,m15=0,m5=0,mean=[\d.]+ TS$/,
      ),
      `results.demo-meet.c.counter,${tags},run=r count=2 TS`,
    ]);
  });

  it("has the times and figures that the files have", async () => {
    const server = await influxServer();
    const { read } = await perform(
      async (env) => {
        for (let i = 0; i < 300; i++) env.results().recordPoint("p", i / 3);
      },
      { INFLUXDB_URL: server.url },
    );
    const inFile = read("results.out")
      .trimEnd()
      .split("\n")
      .map((line) => /"ts":(\d+).*"value":([\d.]+)/.exec(line)?.slice(1));
    const inInflux = server.written
      .filter((line) => line.startsWith("results"))
      .map((line) => / value=([\d.]+) (\d+)$/.exec(line)?.slice(1).toReversed());
    expect(inInflux).toHaveLength(300);
    expect(inInflux).toEqual(inFile);
  });

  it.each<[string, string, TestCaseFunction]>([
    ["failure_event", "failed", () => Promise.reject(new Error("no"))],
    ["crash_event", "crashed", async (env) => env.recordCrash(new Error("no"))],
  ])("hears of a %s", async (event, _outcome, meet) => {
    const server = await influxServer();
    await perform(meet, { INFLUXDB_URL: server.url });
    expect(server.written).toContain(`events,event_type=${event},group_id=single,run=r count=1i`);
  });

  it("that cannot be reached costs one note, and neither the result nor the files", async () => {
    const url = await silentAddress();
    const { outcome, messages, read } = await perform(
      async (env) => {
        for (let i = 0; i < 1_000; i++) env.results().recordPoint("p", i);
      },
      { INFLUXDB_URL: url },
    );
    expect(outcome).toBe("ok");
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(
      /^InfluxDB at 127\.0\.0\.1:\d+ did not take (\d+) of \1 points: connect ECONNREFUSED .*; the output files have them all$/,
    );
    expect(read("results.out").trimEnd().split("\n")).toHaveLength(1_000);
    expect(read("run.out")).toContain("did not take");
  });

  it("that hangs delays the end of an instance by a bounded time", async () => {
    const server = await influxServer(() => "hang");
    const { outcome, messages } = await perform(async () => {}, { INFLUXDB_URL: server.url });
    expect(outcome).toBe("ok");
    expect(messages).toEqual([expect.stringContaining("no answer in time")]);
  });

  it("is left alone when metrics are disabled, or there is no URL", async () => {
    const server = await influxServer();
    const meet: TestCaseFunction = async (env) => env.results().recordPoint("p", 1);
    const changes = [
      { INFLUXDB_URL: server.url, TEST_DISABLE_METRICS: "true" },
      { INFLUXDB_URL: "" },
      {},
    ];
    for (const change of changes) {
      const { messages, read } = await perform(meet, change);
      expect(messages).toEqual([]);
      expect(read("results.out")).toContain('"value":1');
    }
    expect(server.requests).toEqual([]);
  });

  it.each(["localhost:8086", "ftp://host", "http://", "nonsense"])(
    "at '%s' is said to have no address, and nothing is lost",
    async (url) => {
      const { outcome, messages, read } = await perform(
        async (env) => env.results().recordPoint("p", 1),
        { INFLUXDB_URL: url },
      );
      expect([outcome, messages]).toEqual([
        "ok",
        ["INFLUXDB_URL is no http or https URL; metrics go to the output files alone"],
      ]);
      expect(read("results.out")).toContain('"value":1');
    },
  );

  it("gets a metric without what is no tag, of which a message tells once", async () => {
    const server = await influxServer();
    const { messages } = await perform(
      async (env) => {
        for (let i = 0; i < 3; i++) env.results().recordPoint("p,oops,a=1", i);
      },
      { INFLUXDB_URL: server.url },
    );
    expect(messages).toEqual(["skipping invalid tag for metric; name: p, tag: oops"]);
    const points = server.written.filter((line) => line.startsWith("results"));
    expect(points.map(timeless)).toEqual(
      [0, 1, 2].map((i) => `results.demo-meet.p.point,a=1,group_id=single,run=r value=${i} TS`),
    );
  });

  it("does not keep a process: a plan that nobody takes the metrics of exits by itself", async () => {
    const url = await silentAddress();
    const { code, stdout, read } = await invoked(invokedPlan, "pass", { INFLUXDB_URL: url });
    expect(code).toBe(0);
    expect(stdout.split("\n").filter((line) => line.includes("InfluxDB at"))).toHaveLength(1);
    expect(read("results.out")).toContain('"name":"met"');
  });

  it("or not, a plan that exits in the middle leaves what it measured in the files", async () => {
    const { code, read } = await invoked(exitPlan, "leave", {});
    expect(code).toBe(2);
    expect(read("results.out")).toMatch(/"type":"counter","name":"c","measures":\{"count":3\}/);
  });
});

interface Invoked {
  readonly code: unknown;
  readonly stdout: string;
  readonly read: (name: string) => string;
}

/** Performs a plan in a process of its own. */
async function invoked(
  plan: string,
  testCase: string,
  changes: Record<string, string>,
): Promise<Invoked> {
  const outputs = temporaryDirectory();
  const where = { TEST_OUTPUTS_PATH: outputs, GROUNDPLAN_SYNC: "memory:" };
  const env = {
    PATH: process.env["PATH"],
    ...testEnvironment({ TEST_CASE: testCase, ...where, ...changes }),
  };
  const child = spawn(process.execPath, ["--import", "tsx", plan], { env });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stderr.resume();
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  return { code, stdout, read: (name) => readFileSync(join(outputs, name), "utf8") };
}
