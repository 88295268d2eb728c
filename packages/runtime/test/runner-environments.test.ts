import { describe, expect, inject, it } from "vitest";
import { terminalEvents } from "./environment.ts";
import { readAsV05, readAsV06 } from "./local-exec.ts";
import { environmentNames, readEnvironment, runInEnvironment } from "./runner-environment.ts";

const redisUrl = inject("redisUrl");

const runnable = environmentNames.filter((name) => redisUrl !== undefined || !isOld(name));

function isOld(name: string): boolean {
  return readEnvironment(name).testground.startsWith("v0.5");
}

describe("the environments of Testground's runners", () => {
  it("are those of three runners, now and before the sync service", () => {
    expect(environmentNames).toEqual([
      "cluster-k8s-v0.5.3",
      "cluster-k8s-v0.6.0",
      "local-docker-v0.5.3",
      "local-docker-v0.6.0",
      "local-exec-v0.5.3",
      "local-exec-v0.6.0",
    ]);
  });
});

describe.each(runnable)("an instance with the environment of %s", (name) => {
  it("passes, and both generations of runners see that it does", async () => {
    const { code, lines, runErr, runOut, files, environment, topic } = await runInEnvironment(
      name,
      "everything",
      redisUrl,
    );
    expect({ code, runErr }, lines.at(-1)).toEqual({ code: 0, runErr: "" });
    expect(readAsV06(lines)).toEqual({ outcome: "ok", stopped: undefined });
    expect(readAsV05(lines)).toEqual({ outcome: "ok", stopped: undefined });
    expect(runOut).toBe(lines.join(""));
    const own = ["diagnostics.out", "results.out", "run.err", "run.out", "seen.ndjson"];
    const profiles = environment["TEST_CAPTURE_PROFILES"] ? ["cpu.cpuprofile"] : [];
    expect([...files.keys()]).toEqual([...profiles, ...own]);
    expect(files.get("results.out")).toContain('"name":"rounds","measures":{"value":3}}\n');
    expect(JSON.parse(files.get("seen.ndjson") ?? "")).toMatchObject(seenWith(environment));
    expect(topic).toEqual([
      '{"stage_start_event":{"name":"network-initialized","group":"miners"}}',
      '{"stage_end_event":{"name":"network-initialized","group":"miners"}}',
      '{"stage_start_event":{"name":"meet","group":"miners"}}',
      '{"stage_end_event":{"name":"meet","group":"miners"}}',
      '{"success_event":{"group":"miners"}}',
    ]);
  });

  it.each([
    ["fail", 1, "failure_event", "boom"],
    ["crash", 2, "crash_event", "nobody handles this"],
  ])("that is to %s says so once on every way", async (testCase, expected, kind, error) => {
    const { code, lines, ends, topic } = await runInEnvironment(name, testCase, redisUrl);
    expect({ code, ends }).toEqual({ code: expected, ends: [kind] });
    expect(readAsV06(lines).outcome).toBe("failed");
    expect(readAsV05(lines).outcome).toBe("failed");
    const told = topic.map((json) => JSON.parse(json) as Record<string, unknown>);
    expect(told.at(-1)).toEqual({ [kind]: expect.objectContaining({ group: "miners", error }) });
    const asLines = topic.map((json) => JSON.stringify({ event: JSON.parse(json) }));
    expect(terminalEvents(asLines)).toEqual([kind]);
  });
});

function seenWith(environment: Readonly<Record<string, string>>): object {
  return {
    params: {
      rounds: 3,
      url: "http://x/?a=b",
      peers: ["a", "b"],
      size: 10_240,
      every: 200,
      rate: 100,
      none: "no default",
    },
    pprofPort: Number(environment["PPROF_PORT"] ?? 0),
    apiPort: Number(environment["API_PORT"] ?? 0),
    runner: {
      influxdbUrl: environment["INFLUXDB_URL"],
      redisHost: environment["REDIS_HOST"],
      logLevel: environment["LOG_LEVEL"] ?? "info",
      additionalHosts: (environment["ADDITIONAL_HOSTS"] ?? "").split(",").filter(Boolean),
      ...(environment["POD_IP"] ? { podIp: environment["POD_IP"] } : {}),
      ...(environment["HOST_IP"] ? { hostIp: environment["HOST_IP"] } : {}),
    },
    runParams: {
      plan: "environments",
      run: environment["TEST_RUN"],
      group: "miners",
      instances: 1,
      outputsPath: environment["TEST_OUTPUTS_PATH"],
      tempPath: environment["TEST_TEMP_PATH"] ?? "",
      sidecar: environment["TEST_SIDECAR"] === "true",
      subnet: environment["TEST_SUBNET"],
      startTime: "2022-01-12T20:48:07.000Z",
    },
    seqs: [1, 1],
  };
}
