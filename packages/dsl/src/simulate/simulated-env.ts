import { openRunEnv, type RunEnv, type RunParams } from "@groundplan/runtime";

interface EnvOptions {
  readonly group: string;
  readonly groupInstances: number;
  readonly instances: number;
  readonly ordinal: number;
  readonly sidecar: boolean;
  readonly params: Readonly<Record<string, string>>;
}

const NAME = "simulation";

/** The environment of a simulated instance. Its lines nobody reads, so that none is made. */
export function simulatedEnv(options: EnvOptions): RunEnv {
  return openRunEnv(paramsOf(options), { write() {}, logLevel: "fatal" });
}

function paramsOf({ group, groupInstances, instances, ordinal, ...rest }: EnvOptions): RunParams {
  const { sidecar, params } = rest;
  return {
    plan: NAME,
    case: NAME,
    run: NAME,
    repo: "",
    branch: "",
    tag: "",
    outputsPath: "",
    tempPath: "",
    instances,
    role: "",
    params,
    group,
    groupInstances,
    sidecar,
    subnet: undefined,
    startTime: undefined,
    captureProfiles: {},
    disableMetrics: true,
    ordinal,
  };
}
