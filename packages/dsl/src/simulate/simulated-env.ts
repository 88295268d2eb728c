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

/** What the interpreter asks of an environment. Its lines nobody reads. */
class QuickEnv implements Partial<RunEnv> {
  readonly runParams: RunParams;
  readonly plan: string = NAME;
  readonly case: string = NAME;
  readonly run: string = NAME;

  constructor(runParams: RunParams) {
    this.runParams = runParams;
  }

  get group(): string {
    return this.runParams.group;
  }

  get instances(): number {
    return this.runParams.instances;
  }

  get groupInstances(): number {
    return this.runParams.groupInstances;
  }

  get sidecar(): boolean {
    return this.runParams.sidecar;
  }

  get httpAddress(): undefined {
    return undefined;
  }

  log(): void {}

  recordMessage(): void {}

  async recordStageStart(): Promise<void> {}

  async recordStageEnd(): Promise<void> {}
}

/**
 * The environment of a simulated instance. The whole of it is opened once somebody asks for more than the interpreter
 * does, which few bodies do.
 */
export function simulatedEnv(options: EnvOptions): RunEnv {
  const quick = new QuickEnv(paramsOf(options));
  let whole: RunEnv | undefined;
  return new Proxy(quick, {
    get(_, name) {
      if (name in quick) return quick[name as keyof QuickEnv];
      whole ??= openRunEnv(quick.runParams, { write() {} });
      const found: unknown = whole[name as keyof RunEnv];
      return typeof found === "function" ? found.bind(whole) : found;
    },
  }) as unknown as RunEnv;
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
