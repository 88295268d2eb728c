import type { Environment } from "./run-params.ts";
import { parsePort } from "./units/port-number.ts";

/** What a runner tells of the place an instance runs in; everything is absent somewhere. */
export interface RunnerParams {
  /** In the words of Testground's loggers (`debug`, `info`, `warn`, …); `info` unless given. */
  readonly logLevel: string;
  /** Where metrics go, `http://influxdb:8086`. */
  readonly influxdbUrl: string | undefined;
  /** The host of a Redis. Testground v0.6.0 still names one, and uses it for nothing. */
  readonly redisHost: string | undefined;
  readonly redisPort: number;
  /** The host of Testground's sync service. */
  readonly syncServiceHost: string;
  readonly syncServicePort: number;
  /** The instance's address on the control network, and that of its node; under `cluster:k8s`. */
  readonly podIp: string | undefined;
  readonly hostIp: string | undefined;
  /** Hosts an instance may reach besides the others of the run; under `local:docker`. */
  readonly additionalHosts: readonly string[];
}

const REDIS_PORT = 6379;
const SYNC_SERVICE_HOST = "testground-sync-service";
const SYNC_SERVICE_PORT = 5050;

/** Reads what Testground's runners pass besides `TEST_*`; what is missing, empty or no port gets its default. */
export function parseRunnerParams(environment: Environment): RunnerParams {
  const text = (name: string): string | undefined => environment[name] || undefined;
  return {
    logLevel: text("LOG_LEVEL") ?? "info",
    influxdbUrl: text("INFLUXDB_URL"),
    redisHost: text("REDIS_HOST"),
    redisPort: parsePort(text("REDIS_PORT") ?? "") ?? REDIS_PORT,
    syncServiceHost: text("SYNC_SERVICE_HOST") ?? SYNC_SERVICE_HOST,
    syncServicePort: parsePort(text("SYNC_SERVICE_PORT") ?? "") ?? SYNC_SERVICE_PORT,
    podIp: text("POD_IP"),
    hostIp: text("HOST_IP"),
    additionalHosts: list(text("ADDITIONAL_HOSTS") ?? ""),
  };
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((host) => host.trim())
    .filter((host) => host !== "");
}
