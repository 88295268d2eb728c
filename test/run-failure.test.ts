import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describe, expect, inject, test } from "vitest";
import { groundplan, isAlive, type Running, scratch } from "./groundplan.ts";

const plan = "test/fixtures/stuck.ts";

/** The processes of the instances, by id, once all are past the first barrier. */
async function startedIn(running: Running, n: number): Promise<readonly number[]> {
  const found = await Promise.all(
    Array.from({ length: n }, (_, i) =>
      running.until(new RegExp(`#${i + 1} is in process (\\d+)`)),
    ),
  );
  await running.until(/started +/);
  return found.map(([, pid]) => Number(pid));
}

function resultOf(stdout: string): {
  outcome: string;
  failures: unknown[];
  outcomes: unknown;
  cause?: string;
} {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

describe("an instance that dies", () => {
  test("of SIGKILL ends the run within 2 s, exit 1, and is named with its stage [C49]", async () => {
    const running = groundplan(["run", plan, "endless", "-n", "4", "--out", scratch(), "--json"]);
    const [, second = 0, ...others] = await startedIn(running, 4);
    const killedAt = performance.now();
    process.kill(second, "SIGKILL");
    const { code, stderr, stdout } = await running.finished;
    expect(performance.now() - killedAt).toBeLessThan(2_000);
    expect(code).toBe(1);
    expect(stderr).toContain("#2 (peer) died in 'work': its process was killed by SIGKILL");
    const { outcome, failures, outcomes } = resultOf(stdout);
    expect({ outcome, outcomes }).toEqual({
      outcome: "failure",
      outcomes: { single: { ok: 0, total: 4 } },
    });
    expect(failures).toEqual([
      {
        group: "single",
        ordinal: 1,
        id: 2,
        role: "peer",
        stage: "work",
        type: "died",
        error: "its process was killed by SIGKILL",
      },
    ]);
    expect(others.filter(isAlive)).toEqual([]);
  });

  test("leaves no key of the run on Redis", async () => {
    const redisUrl = inject("redisUrl") ?? "";
    const args = ["run", plan, "endless", "-n", "3", "--out", scratch(), "--sync", redisUrl];
    const running = groundplan(args);
    const [, , third = 0] = await startedIn(running, 3);
    const [, run] = await running.until(/run (\w{20})/);
    process.kill(third, "SIGKILL");
    expect((await running.finished).code).toBe(1);
    const redis = new Redis(redisUrl);
    expect(await redis.keys(`*${run}*`)).toEqual([]);
    await redis.quit();
  });

  test("of a body that keeps the event loop to itself is killed when another one dies", async () => {
    const running = groundplan(["run", plan, "deaf", "-n", "3", "--out", scratch()]);
    const [first = 0, second = 0] = await startedIn(running, 3);
    const killedAt = performance.now();
    process.kill(second, "SIGKILL");
    expect((await running.finished).code).toBe(1);
    expect(performance.now() - killedAt).toBeLessThan(2_000);
    expect(isAlive(first)).toBe(false);
  });
});

describe("Ctrl-C", () => {
  test("ends every child within 2 s, keeps the outputs, exit 130", async () => {
    const out = scratch();
    const running = groundplan(["run", plan, "endless", "-n", "4", "--out", out]);
    const children = await startedIn(running, 4);
    const [, run = ""] = await running.until(/run (\w{20})/);
    const at = performance.now();
    // As a terminal does: to every process of the group.
    process.kill(-(running.process.pid ?? 0), "SIGINT");
    const { code, stdout } = await running.finished;
    expect(performance.now() - at).toBeLessThan(2_000);
    expect(code).toBe(130);
    expect(children.filter(isAlive)).toEqual([]);
    expect(stdout).toContain("canceled: stuck/endless");
    expect(stdout).toContain("the run stopped: interrupted by SIGINT");
    const result = JSON.parse(readFileSync(join(out, "stuck", run, "result.json"), "utf8"));
    expect(result.outcome).toBe("canceled");
    const lines = readFileSync(join(out, "stuck", run, "single", "0", "run.out"), "utf8");
    expect(lines).toContain("failure_event");
  });

  test("ends a body that keeps the event loop to itself, too", async () => {
    const running = groundplan(["run", plan, "deaf", "-n", "2", "--out", scratch()]);
    const children = await startedIn(running, 2);
    running.process.kill("SIGINT");
    const { code } = await running.finished;
    expect(code).toBe(130);
    expect(children.filter(isAlive)).toEqual([]);
  });

  test("a runner that is killed takes its instances with it", async () => {
    const running = groundplan(["run", plan, "endless", "-n", "2", "--out", scratch()]);
    const children = await startedIn(running, 2);
    running.process.kill("SIGKILL");
    await running.finished;
    await expect.poll(() => children.filter(isAlive), { timeout: 5_000 }).toEqual([]);
  });
});

describe("a store", () => {
  test("that is gone in the middle of a run ends it at once, exit 3", async () => {
    const service = groundplan(["service", "--port", "0"]);
    const [, url = ""] = await service.until(/(ws:\/\/[\d.:]+)/);
    const running = groundplan([
      "run",
      plan,
      "endless",
      "-n",
      "3",
      "--out",
      scratch(),
      "--sync",
      url,
    ]);
    const children = await startedIn(running, 3);
    const at = performance.now();
    service.process.kill("SIGKILL");
    const { code, stdout } = await running.finished;
    expect(performance.now() - at).toBeLessThan(2_500);
    expect(code).toBe(3);
    expect(stdout).toContain(url);
    expect(stdout).toMatch(/FAILED: stuck\/endless .*\n +the run failed: .*connection/);
    expect(children.filter(isAlive)).toEqual([]);
  });
});

describe("a body", () => {
  test("that throws ends all others as aborted, naming instance, role, stage and error; exit 1 [C45]", async () => {
    const out = scratch();
    const args = ["run", plan, "throws", "-n", "4", "--out", out, "--json"];
    const { code, stdout, stderr } = await groundplan(args).finished;
    expect(code).toBe(1);
    expect(stderr).toContain("#2 (peer) failed in 'dial': connection refused");
    const { failures, cause } = resultOf(stdout);
    expect(cause).toBe("#2 (peer) failed in 'dial': connection refused");
    expect(failures).toMatchObject([{ id: 2, role: "peer", stage: "dial", type: "failed" }]);
    const [, run = ""] = /run (\w{20})/.exec(stderr) ?? [];
    const lines = readFileSync(join(out, "stuck", run, "single", "3", "run.out"), "utf8");
    expect(lines).toContain('"error":"aborted: #2 (peer) failed in \'dial\': connection refused"');
  });

  test("that never returns is named by its stage's timeout", async () => {
    const { code, stdout } = await groundplan(["run", plan, "never", "-n", "3", "--out", scratch()])
      .finished;
    expect(code).toBe(1);
    expect(stdout).toContain("#1 (seed) failed in 'dial': the body has not returned after 300 ms");
  });

  test("that crashes outside of its own call is named with its stage", async () => {
    const { code, stdout } = await groundplan([
      "run",
      plan,
      "crashes",
      "-n",
      "3",
      "--out",
      scratch(),
    ]).finished;
    expect(code).toBe(1);
    expect(stdout).toContain("#1 (seed) crashed in 'dial': from a callback");
  });

  test("that takes longer than --timeout is named by the runner", async () => {
    const args = ["run", plan, "endless", "-n", "3", "--out", scratch(), "--timeout", "6s"];
    const { code, stdout } = await groundplan(args).finished;
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /the run stopped: it did not finish in 6000 ms: in 'work': #1 \(seed\), #2 \(peer\), #3/,
    );
  });
});

describe("bad input gives one paragraph that says what to do", () => {
  const wrong: readonly [what: string, args: readonly string[], code: number, says: RegExp][] = [
    [
      "a missing plan file",
      ["none.ts", "-n", "2"],
      2,
      /there is no plan file 'none\.ts'.*give the path/,
    ],
    ["a directory", ["test/fixtures", "-n", "2"], 2, /'test\/fixtures' is a directory/],
    [
      "a file without a plan",
      ["test/fixtures/no-plan.ts", "-n", "2"],
      2,
      /exports no plan.*export default plan\(/,
    ],
    [
      "a plan that throws",
      ["test/fixtures/throws-on-load.ts", "-n", "2"],
      2,
      /cannot be loaded: no luck/,
    ],
    [
      "an unknown test case",
      [plan, "nope", "-n", "2"],
      2,
      /no test case 'nope'; it has endless, deaf/,
    ],
    ["no test case, of several", [plan, "-n", "2"], 2, /say which of endless, deaf/],
    ["no number of instances", [plan, "throws"], 2, /say how many instances to run/],
    [
      "-n 0",
      [plan, "throws", "-n", "0"],
      2,
      /-n: 0 is not a number of instances; give a whole number from 1/,
    ],
    ["-n text", [plan, "throws", "-n", "two"], 2, /-n: NaN is not a number of instances/],
    [
      "-n 1 for two roles",
      [plan, "throws", "-n", "1"],
      2,
      /needs at least 2 instances.*seed, peer.*-n 2/,
    ],
    ["groups that do not fit", [plan, "throws", "--group", "a=1"], 2, /needs at least 2 instances/],
    [
      "a group without a number",
      [plan, "throws", "--group", "a"],
      2,
      /--group a: write name=value/,
    ],
    [
      "an unknown parameter",
      [plan, "stages", "-n", "2", "--param", "round=2"],
      2,
      /no parameter 'round'; there are rounds, name/,
    ],
    ["an ill-typed parameter", [plan, "stages", "-n", "2", "-p", "rounds=many"], 2, /rounds.*many/],
    [
      "groups with different stages",
      [plan, "stages", "--group", "a=1,rounds=1", "--group", "b=2,rounds=2"],
      2,
      /would run different plans: first difference at stage 1 'r'/,
    ],
    [
      "instances with different stages",
      [plan, "drifting", "-n", "3"],
      2,
      /run a different plan.*first difference/,
    ],
    ["an unknown option", [plan, "throws", "-n", "2", "--sink", "x"], 2, /Unknown argument: sink/],
    [
      "an unknown store",
      [plan, "throws", "-n", "2", "--sync", "http://x"],
      2,
      /names no store; use redis:/,
    ],
    [
      "a wrong timeout",
      [plan, "throws", "-n", "2", "--timeout", "soon"],
      2,
      /--timeout 'soon' is not a duration/,
    ],
    [
      "an unwritable directory",
      [plan, "throws", "-n", "2", "--out", "package.json/x"],
      2,
      /outputs cannot be written.*--out/,
    ],
    [
      "a Redis that is not there",
      [plan, "throws", "-n", "2", "--sync", "redis://127.0.0.1:1"],
      3,
      /redis:\/\/127\.0\.0\.1:1/,
    ],
  ];

  test.each(wrong)("%s", async (_, args, code, says) => {
    const out = args.includes("--out") ? [] : ["--out", scratch()];
    const finished = await groundplan(["run", ...args, ...out]).finished;
    expect(finished.stderr + finished.stdout).toMatch(says);
    expect(finished.stderr + finished.stdout).not.toMatch(/^\s+at /m);
    expect(finished.code).toBe(code);
  });

  test("a syntax error, with its place", async () => {
    const file = join(scratch(), "broken.ts");
    writeFileSync(file, "export default {\n  oops(;\n};\n");
    const { code, stderr } = await groundplan(["run", file, "-n", "2"]).finished;
    expect(stderr).toMatch(/broken\.ts' cannot be compiled:[\s\S]*broken\.ts:2:7:/);
    expect(code).toBe(2);
  });

  test("a WebSocket that refuses", async () => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const sync = `ws://127.0.0.1:${port}`;
    const args = ["run", plan, "throws", "-n", "2", "--out", scratch(), "--sync", sync];
    const { code, stderr } = await groundplan(args).finished;
    server.close();
    expect(stderr).toContain(sync);
    expect(code).toBe(3);
  });

  test("no command, and an unknown one", async () => {
    const none = await groundplan([]).finished;
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("run, service or gc")]);
    const unknown = await groundplan(["fly"]).finished;
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("fly")]);
  });
});
