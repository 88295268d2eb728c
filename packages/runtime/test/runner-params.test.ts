import { openRunEnv, parseRunParams, type RunnerParams, storeUrl } from "@groundplan/runtime";
import { describe, expect, it } from "vitest";
import { testEnvironment } from "./environment.ts";

function runner(environment: Record<string, string>): RunnerParams {
  return openRunEnv(parseRunParams(testEnvironment()), { environment, write() {} }).runner;
}

describe("what a runner passes besides the parameters", () => {
  it("is read whole", () => {
    expect(
      runner({
        LOG_LEVEL: "debug",
        INFLUXDB_URL: "http://influxdb:8086",
        REDIS_HOST: "redis",
        REDIS_PORT: "6380",
        SYNC_SERVICE_HOST: "sync",
        SYNC_SERVICE_PORT: "5051",
        POD_IP: "100.96.1.7",
        HOST_IP: "172.20.1.1",
        ADDITIONAL_HOSTS: "a.example, b.example,,",
      }),
    ).toEqual({
      logLevel: "debug",
      influxdbUrl: "http://influxdb:8086",
      redisHost: "redis",
      redisPort: 6380,
      syncServiceHost: "sync",
      syncServicePort: 5051,
      podIp: "100.96.1.7",
      hostIp: "172.20.1.1",
      additionalHosts: ["a.example", "b.example"],
    });
  });

  it("has Testground's defaults", () => {
    expect(runner({ INFLUXDB_URL: "", ADDITIONAL_HOSTS: "" })).toEqual({
      logLevel: "info",
      influxdbUrl: undefined,
      redisHost: undefined,
      redisPort: 6379,
      syncServiceHost: "testground-sync-service",
      syncServicePort: 5050,
      podIp: undefined,
      hostIp: undefined,
      additionalHosts: [],
    });
  });

  it("is not upset by what Kubernetes puts in a variable of the same name", () => {
    expect(runner({ SYNC_SERVICE_PORT: "tcp://10.0.0.1:5050" }).syncServicePort).toBe(5050);
  });
});

describe("the store of an instance", () => {
  const since = testEnvironment();

  it.each<[string, Record<string, string>]>([
    ["memory:", { ...since, GROUNDPLAN_SYNC: "memory:", SYNC_SERVICE_HOST: "sync" }],
    ["ws://testground-sync-service:5050", since],
    ["ws://testground-sync-service:5050", { ...since, REDIS_HOST: "testground-redis" }],
    ["ws://localhost:5050", { ...since, SYNC_SERVICE_HOST: "localhost", REDIS_HOST: "localhost" }],
    ["ws://h:1", { SYNC_SERVICE_HOST: "h", SYNC_SERVICE_PORT: "1", REDIS_HOST: "r" }],
    ["redis://testground-redis:6379", { REDIS_HOST: "testground-redis" }],
    ["redis://r:6380", { REDIS_HOST: "r", REDIS_PORT: "6380" }],
    ["ws://testground-sync-service:5050", {}],
  ])("is %s", (url, environment) => {
    expect(storeUrl(environment)).toBe(url);
  });
});
