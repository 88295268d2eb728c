export type { AssetMaker, Snapshots } from "./assets/assets.ts";
export type { RandomFileOptions } from "./assets/random-file.ts";
export type { RawAsset } from "./assets/raw-asset.ts";
export type { StructuredAsset } from "./assets/structured-asset.ts";
export { openRunEnv } from "./file-run-env.ts";
export { type GuardOptions, guardProcess } from "./guard-process.ts";
export { exitCode, type InstanceResult } from "./instance-result.ts";
export { type InvokeOptions, invoke, invokeAll } from "./invoke.ts";
export { type LiveInstance, liveInstances } from "./live-instance.ts";
export type {
  Counter,
  Ewma,
  FunctionalGauge,
  Gauge,
  Histogram,
  Meter,
  MeterRates,
  Timer,
} from "./metrics/instruments.ts";
export type { Metrics } from "./metrics/metrics.ts";
export type { Sample } from "./metrics/sample.ts";
export type { Summary } from "./metrics/summary.ts";
export { NetworkClient } from "./network/client.ts";
export type { Bandwidth, Duration, LinkShape } from "./network/link-shape.ts";
export type { ConfigureOptions, Network } from "./network/network.ts";
export type { LinkRule, NetworkConfig } from "./network/network-config.ts";
export { shapeFaults } from "./network/wire-shape.ts";
export { formatParams, unpackParams } from "./packed-params.ts";
export type { ParamGetters } from "./param-getters.ts";
export type { ServiceOptions } from "./process-services.ts";
export type { RunEnv, RunEnvOptions } from "./run-env.ts";
export { type RunInstanceOptions, runInstance } from "./run-instance.ts";
export { type RunInstancesOptions, runInstances } from "./run-instances.ts";
export { type Environment, parseRunParams, type RunParams } from "./run-params.ts";
export type { RunnerParams } from "./runner-params.ts";
export { AbortedError, RuntimeError, type RuntimeErrorCode } from "./runtime-error.ts";
export { storeUrl } from "./shared-stores.ts";
export { guardStdout } from "./stdout-guard.ts";
export { teeStderr } from "./tee-stderr.ts";
export type { InitContext, TestCaseFunction, TestCases } from "./test-case.ts";
export { typedParams, unknownParams } from "./typed-params.ts";
export type { IpNet } from "./units/ip-net.ts";
export { durationMs, ipNet, json, port, rate, size } from "./units/param-types.ts";
