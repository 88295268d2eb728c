import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { describe, expect, inject, test } from "vitest";
import { groundplan, Running, scratch } from "./groundplan.ts";

const pingPong = "plans/ping-pong.ts";
const contractFiles = ["diagnostics.out", "results.out", "run.err", "run.out"];

/** The only run below the directory. */
function runDirectory(out: string, plan = "ping-pong"): string {
  const [run = "", ...others] = readdirSync(join(out, plan));
  expect(others).toEqual([]);
  return join(out, plan, run);
}

function json(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** What a run of ping-pong with n instances must leave, whatever the store. */
function expectOutputs(out: string, n: number): void {
  const directory = runDirectory(out);
  const instances = readdirSync(join(directory, "single"));
  expect(instances.map(Number).sort((a, b) => a - b)).toEqual(
    Array.from({ length: n }, (_, i) => i),
  );
  for (const instance of instances) {
    const files = readdirSync(join(directory, "single", instance)).sort();
    expect(files).toEqual(contractFiles);
    expect(readFileSync(join(directory, "single", instance, "run.err"), "utf8")).toBe("");
    const events = readFileSync(join(directory, "single", instance, "run.out"), "utf8");
    expect(events.match(/"success_event":\{"group":"single"\}/g)).toHaveLength(1);
  }
  const points = readFileSync(join(directory, "single", "0", "results.out"), "utf8")
    .trim()
    .split("\n");
  expect(points).toHaveLength(5 * (n - 1));
  expect(JSON.parse(points[0] ?? "")).toMatchObject({
    type: "point",
    name: "rtt_ms",
    measures: { value: expect.any(Number) },
  });
  expect(json(join(directory, "result.json"))).toMatchObject({
    outcome: "success",
    outcomes: { single: { ok: n, total: n } },
    plan: "ping-pong",
    case: "ping-pong",
    failures: [],
  });
}

describe("ping-pong", () => {
  test.each([2, 10])("with %i instances on the embedded store", async (n) => {
    const out = scratch();
    const { code, stdout, stderr } = await groundplan(["run", pingPong, "-n", `${n}`, "--out", out])
      .finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`${n} instances in ${n} processes, an instance each`);
    expect(stdout.trimEnd().split("\n").slice(-2)).toEqual([
      `  group single: ${n} of ${n} ok`,
      expect.stringContaining(`outputs: `),
    ]);
    expectOutputs(out, n);
  });

  test("with 100 instances, which share processes", async () => {
    const out = scratch();
    const { code, stdout } = await groundplan(["run", pingPong, "-n", "100", "--out", out])
      .finished;
    expect(code).toBe(0);
    expect(stdout).toMatch(/100 instances in 16 processes, 6 or 7 instances each/);
    expectOutputs(out, 100);
  });

  test("with 10 instances on Redis, of which nothing is left", async () => {
    const out = scratch();
    const redisUrl = inject("redisUrl") ?? "";
    const { hostname, port } = new URL(redisUrl);
    const env = { REDIS_HOST: hostname, REDIS_PORT: port };
    const args = ["run", pingPong, "-n", "10", "--out", out, "--sync", "redis"];
    const { code, stderr, stdout } = await groundplan(args, env).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expectOutputs(out, 10);
    const redis = new Redis(redisUrl);
    const [, run = "none"] = /run (\w{20})/.exec(stdout) ?? [];
    expect(await redis.keys(`*${run}*`)).toEqual([]);
    await redis.quit();
  });

  test("with 10 instances on a service that was started before", async () => {
    const out = scratch();
    const service = groundplan(["service", "--port", "0"]);
    const [, url = ""] = await service.until(/(ws:\/\/[\d.:]+)/);
    const args = ["run", pingPong, "-n", "10", "--out", out, "--sync", url];
    const { code, stderr } = await groundplan(args).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expectOutputs(out, 10);
    service.process.kill("SIGINT");
    expect((await service.finished).code).toBe(0);
  });

  test("as a program of its own does the same as groundplan run", async () => {
    const out = scratch();
    const tsx = fileURLToPath(import.meta.resolve("tsx/cli"));
    const args = [tsx, pingPong, "-n", "3", "--out", out];
    const { code, stdout, stderr } = await new Running(process.execPath, args).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("ok: ping-pong/ping-pong");
    expectOutputs(out, 3);
  });

  test("as one instance, where the runner of another says so", async () => {
    const service = groundplan(["service", "--port", "0"]);
    const [, host = "", port = ""] = await service.until(/ws:\/\/([\d.]+):(\d+)/);
    const tsx = fileURLToPath(import.meta.resolve("tsx/cli"));
    const instances = [0, 1, 2].map((i) => {
      const outputs = join(scratch(), `${i}`);
      return new Running(process.execPath, [tsx, pingPong], {
        TEST_PLAN: "ping-pong",
        TEST_CASE: "ping-pong",
        TEST_RUN: "by-hand",
        TEST_INSTANCE_COUNT: "3",
        TEST_GROUP_ID: "single",
        TEST_GROUP_INSTANCE_COUNT: "3",
        TEST_INSTANCE_PARAMS: "rounds=2",
        TEST_OUTPUTS_PATH: outputs,
        SYNC_SERVICE_HOST: host,
        SYNC_SERVICE_PORT: port,
      }).finished;
    });
    for (const { code, stdout } of await Promise.all(instances)) {
      expect(code).toBe(0);
      expect(stdout).toContain('"event":{"success_event":{"group":"single"}');
    }
    service.process.kill("SIGTERM");
  });
});

describe("a run", () => {
  test("takes groups and parameters, of all and of one group", async () => {
    const out = scratch();
    const groups = ["--group", "seeds=1", "--group", "peers=3"];
    const args = ["run", pingPong, ...groups, "--param", "rounds=2", "--out", out, "--json"];
    const { code, stdout } = await groundplan(args).finished;
    expect(code).toBe(0);
    const result = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    expect(result.outcomes).toEqual({ peers: { ok: 3, total: 3 }, seeds: { ok: 1, total: 1 } });
    expect(json(join(runDirectory(out), "result.json"))).toEqual(result);
    const [only = ""] = readdirSync(join(runDirectory(out), "seeds"));
    expect(only).toBe("0");
  });

  test("gives roles by parameters and by lot, and draws the same again from one seed", async () => {
    const groups = ["--group", "a=2,speed=slow", "--group", "b=3"];
    const draw = async (...seed: string[]): Promise<string | undefined> => {
      const args = ["run", "test/fixtures/drawn.ts", ...groups, "--out", scratch(), ...seed];
      const { code, stdout } = await groundplan(args).finished;
      expect(code).toBe(0);
      expect(stdout).toMatch(/@roster +slow 2\/2 {2}victim 1\/1 {2}other 2\/2/);
      return /lots \d.*/.exec(stdout)?.[0];
    };
    const first = await draw("--seed", "847");
    expect(first).toMatch(/lots( \d+){5} largest \d+ by b/);
    expect(await draw("--seed", "847")).toBe(first);
    expect(await draw()).not.toBe(first);
  });

  test("keeps a journal of what every instance did", async () => {
    const out = scratch();
    await groundplan(["run", pingPong, "-n", "3", "--param", "rounds=1", "--out", out]).finished;
    const lines = readFileSync(join(runDirectory(out), "journal.ndjson"), "utf8")
      .trim()
      .split("\n");
    const events = lines.map((line) => JSON.parse(line));
    const visits = (id: number): readonly string[] =>
      events.filter((e) => e.id === id && e.event === "enter").map((e) => e.stage);
    expect(visits(2)).toEqual([
      "@roster",
      "listen",
      "addresses",
      "dial",
      "connected",
      "ping/rtt#1",
      "ping/done#1",
      "results",
      "@end",
    ]);
  });

  test("passes on what instances print, and leaves no temporary file", async () => {
    const temporary = scratch();
    const args = ["run", "test/fixtures/prints.ts", "-n", "2", "--out", scratch()];
    const { code, stdout } = await groundplan(args, { TMPDIR: temporary }).finished;
    expect(code).toBe(0);
    expect(stdout).toContain("#2 (node) | to stdout from 2");
    expect(stdout).toContain("#1 (node) | to stderr from 1");
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("lets a plan find the files beside it, and packages of its own", async () => {
    const args = ["run", "test/fixtures/beside.ts", "-n", "2", "--out", scratch()];
    const { code, stdout } = await groundplan(args).finished;
    expect(stdout).toContain("found prints.ts, and a package of its own");
    expect(code).toBe(0);
  });
});

describe("coordination", () => {
  test.each(["bootstrap-raw", "bootstrap", "addresses-raw", "addresses"])("%s", async (name) => {
    const out = scratch();
    const args = ["run", "plans/coordination.ts", name, "-n", "5", "--out", out];
    const { code, stdout, stderr } = await groundplan(args).finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`ok: coordination/${name}`);
    const lines = readFileSync(
      join(runDirectory(out, "coordination"), "single", "4", "run.out"),
      "utf8",
    );
    expect(lines).toContain("success_event");
    expect(existsSync(join(runDirectory(out, "coordination"), "result.json"))).toBe(true);
  });
});
