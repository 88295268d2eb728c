import { createServer } from "node:http";
import { connect } from "node:net";
import { type RunEnv, runInstance, runInstances, type TestCaseFunction } from "@groundplan/runtime";
import { Counter } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { lineCollector, testEnvironment } from "./environment.ts";
import { runPlan } from "./started-plan.ts";

/** Performs an instance that serves HTTP; `meet` asks it something. */
async function serving(
  meet: TestCaseFunction,
  changes: Record<string, string> = {},
): Promise<string[]> {
  const environment = testEnvironment({ GROUNDPLAN_SYNC: "memory:", ...changes });
  const { lines, write } = lineCollector();
  const result = await runInstance({ meet }, { environment, write, listen: true });
  expect(result).toEqual({ type: "ok" });
  return lines;
}

async function get(env: RunEnv, path: string): Promise<Response> {
  return fetch(`http://${env.httpAddress}${path}`);
}

/** Takes port 6060, unless something else on this machine already does. */
async function occupyPort(): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.once("error", () => resolve());
    server.listen(6060, "127.0.0.1", resolve);
  });
  onTestFinished(() => void server.close());
}

describe("the HTTP listener of an instance", () => {
  it("is there from before the start event to the end, and says where as the Go SDK does", async () => {
    let address = "";
    const lines = await serving(async (env) => {
      address = env.httpAddress ?? "";
      expect((await get(env, "/metrics")).status).toBe(200);
    });
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(lines[0]).toContain(
      `"message":"registering default http handler at: http://${address}/ (pprof: http://${address}/debug/pprof/)"`,
    );
    expect(lines[1]).toContain('"start_event"');
    await expect(fetch(`http://${address}/metrics`)).rejects.toThrow("fetch failed");
  });

  it("takes another port where 6060 is taken", async () => {
    await occupyPort();
    await serving(async (env) => {
      expect(env.httpAddress).not.toMatch(/:6060$/);
      expect((await get(env, "/metrics")).status).toBe(200);
    });
  });

  it("shows the plan's own metrics and Node's", async () => {
    await serving(async (env) => {
      const registers = [await env.registry()];
      new Counter({ name: "plan_dials", help: "Dials.", registers }).inc(3);
      const response = await get(env, "/metrics");
      const text = await response.text();
      expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
      expect(text).toMatch(/^plan_dials 3$/m);
      expect(text).toMatch(/^nodejs_heap_size_used_bytes \d+$/m);
      expect(text).toMatch(/^process_cpu_user_seconds_total /m);
      expect(await (await get(env, "/metrics")).text()).toMatch(
        /^# HELP nodejs_gc_duration_seconds/m,
      );
    });
  });

  it("takes a CPU profile of the seconds asked for, in the format of Chrome's tools", async () => {
    await serving(async (env) => {
      const response = await get(env, "/debug/pprof/profile?seconds=0.3");
      const profile = (await response.json()) as Record<string, unknown>;
      expect(response.headers.get("content-disposition")).toContain('"cpu.cpuprofile"');
      expect(Object.keys(profile).sort()).toEqual([
        "endTime",
        "nodes",
        "samples",
        "startTime",
        "timeDeltas",
      ]);
    });
  });

  it("takes an allocation profile, and a snapshot of the heap", async () => {
    await serving(async (env) => {
      const [sampled, all] = await Promise.all([
        get(env, "/debug/pprof/heap?seconds=0.2"),
        get(env, "/debug/pprof/heap"),
      ]);
      expect(await sampled.json()).toMatchObject({ head: { callFrame: {} } });
      expect(all.headers.get("content-disposition")).toContain('"heap.heapsnapshot"');
      expect(await all.json()).toMatchObject({ snapshot: { meta: {} } });
    });
  });

  it("says what there is, and refuses what there is not", async () => {
    await serving(async (env) => {
      const index = await (await get(env, "/debug/pprof/")).text();
      expect(index).toContain("/debug/pprof/profile?seconds=30");
      const elsewhere = await get(env, "/");
      expect([elsewhere.status, await elsewhere.text()]).toEqual([
        404,
        "there are /metrics and /debug/pprof/\n",
      ]);
      for (const seconds of ["0", "-1", "601", "x", "1e9", ""]) {
        const response = await get(env, `/debug/pprof/profile?seconds=${seconds}`);
        expect(response.status).toBe(400);
        await response.text();
      }
    });
  });

  it("does not hold up the end of its instance, whoever is connected or waits for a profile", async () => {
    const lines = await serving(async (env) => {
      const [host = "", port = ""] = (env.httpAddress ?? "").split(":");
      const idle = connect(Number(port), host);
      onTestFinished(() => void idle.destroy());
      await new Promise((resolve) => idle.once("connect", resolve));
      void get(env, "/debug/pprof/profile?seconds=600").catch(() => {});
      await get(env, "/debug/pprof/");
    });
    expect(lines.at(-1)).toContain("success_event");
  });

  it("is open to the network where a sidecar says that this is a container", async () => {
    const environment = testEnvironment({ TEST_SIDECAR: "true", GROUNDPLAN_SYNC: "memory:" });
    const { lines, write } = lineCollector();
    const stop = new AbortController();
    // There is no sidecar to answer, so the instance only gets as far as its first messages.
    const write1 = (line: string): void => {
      write(line);
      if (line.includes("start_event")) stop.abort();
    };
    const options = { environment, write: write1, listen: true, signal: stop.signal };
    await runInstance({ meet: async () => {} }, options);
    expect(lines[0]).toMatch(/at: http:\/\/0\.0\.0\.0:\d+\//);
  });

  it("is that of the first of several instances in a process", async () => {
    const addresses: (string | undefined)[] = [];
    const environment = testEnvironment({ GROUNDPLAN_SYNC: "memory:", TEST_INSTANCE_COUNT: "3" });
    const { write } = lineCollector();
    const meet: TestCaseFunction = async (env) => void addresses.push(env.httpAddress);
    await runInstances({ meet }, Array(3).fill(environment), { write, listen: true });
    expect(addresses.filter((address) => address === undefined)).toHaveLength(2);
  });

  it("is not there unless asked for", async () => {
    const environment = testEnvironment({ GROUNDPLAN_SYNC: "memory:" });
    const { lines, write } = lineCollector();
    const meet: TestCaseFunction = async (env) => expect(env.httpAddress).toBeUndefined();
    expect(await runInstance({ meet }, { environment, write })).toEqual({ type: "ok" });
    expect(lines[0]).toContain("start_event");
  });
});

describe("a process that is one instance", () => {
  it("listens, and still ends by itself", async () => {
    const { code, lines, runErr } = await runPlan("pass");
    expect({ code, runErr }).toEqual({ code: 0, runErr: "" });
    expect(lines[0]).toContain("registering default http handler at: http://127.0.0.1:");
  });

  it("listens to nothing where Groundplan's runner started it", async () => {
    const { lines } = await runPlan("pass", { GROUNDPLAN_ORDINAL: "0" });
    expect(lines[0]).toContain("start_event");
  });
});
