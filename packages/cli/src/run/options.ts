import type { Argv } from "yargs";

export interface RunArguments {
  readonly plan: string | undefined;
  readonly case: string | undefined;
  readonly composition: string | undefined;
  readonly "run-ids": string | undefined;
  readonly instances: number | undefined;
  readonly group: readonly string[];
  readonly param: readonly string[];
  readonly profile: readonly string[];
  readonly port: readonly string[];
  readonly "disable-metrics": boolean;
  readonly sync: string;
  readonly out: string;
  readonly timeout: string | undefined;
  readonly processes: number | undefined;
  readonly seed: string | undefined;
  readonly collect: boolean;
  readonly "collect-file": string | undefined;
  readonly "result-file": string | undefined;
  readonly json: boolean;
}

const text = { type: "string", requiresArg: true } as const;
const none: string[] = [];
const texts = { type: "string", array: true, nargs: 1, default: none } as const;

/** What `groundplan run` is told on the command line. */
export function declareRun(yargs: Argv<object>): Argv<RunArguments> {
  return yargs
    .positional("plan", { type: "string", describe: "File that exports the plan" })
    .positional("case", { type: "string", describe: "Test case; may be left out if there is one" })
    .options({
      ...what,
      ...where,
      ...afterwards,
    });
}

const what = {
  composition: { ...text, alias: "c", describe: "composition.toml, which says what to run" },
  "run-ids": { ...text, describe: "a,b: only these runs of the composition, in this order" },
  instances: { alias: "n", type: "number", requiresArg: true, describe: "Number of instances" },
  group: {
    ...texts,
    describe: "id=N[,param=value…]: a group of instances, instead of -n",
  },
  param: { ...texts, alias: ["p", "test-param", "tp"], describe: "name=value, for all groups" },
  profile: { ...texts, describe: "cpu=true or heap=5s: profiles to take of every instance" },
  port: { ...texts, describe: "label=8080: a port that instances find under this label" },
  "disable-metrics": {
    type: "boolean",
    default: false,
    describe: "Sends no metrics to an InfluxDB; files keep them",
  },
  seed: {
    ...text,
    describe: "Seed of every draw, to repeat those of another run; its run id unless given",
  },
} as const;

const where = {
  sync: {
    ...text,
    default: "embedded",
    describe: "Store: embedded, redis (REDIS_HOST, REDIS_PORT), redis://… or ws://…",
  },
  out: { ...text, default: "outputs", describe: "Directory for outputs" },
  timeout: { ...text, describe: "Longest time for the whole run: 60s, 5m" },
  processes: {
    type: "number",
    requiresArg: true,
    describe:
      "Processes to place the instances in; by default one each, as far as this machine carries them",
  },
} as const;

const afterwards = {
  collect: { type: "boolean", default: false, describe: "Packs the outputs of a run as <run>.tgz" },
  "collect-file": { ...text, alias: "o", describe: "Name of that file; with --collect" },
  "result-file": { ...text, alias: "O", describe: "File for the outcomes, as CSV or .json" },
  json: { type: "boolean", default: false, describe: "Print the result as JSON, last on stdout" },
} as const;
