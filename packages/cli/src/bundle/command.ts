import type { Argv, CommandModule } from "yargs";
import type { BundledPlan } from "./bundle-plan.ts";
import type { BundledStore } from "./entry.ts";

interface BundleArguments {
  readonly plan: string;
  readonly out: string;
  readonly store: BundledStore;
  readonly "allow-dynamic": readonly string[];
  readonly force: boolean;
}

const STORES: readonly BundledStore[] = ["service", "redis"];

/** `groundplan bundle`: a plan as a directory that Testground runs. */
export const bundleCommand: CommandModule<object, BundleArguments> = {
  command: "bundle <plan>",
  describe:
    "Makes of a plan one program that needs nothing but Node, with all that Testground asks for",
  builder: (yargs: Argv<object>): Argv<BundleArguments> =>
    yargs
      .positional("plan", {
        type: "string",
        demandOption: true,
        describe: "File that exports the plan",
      })
      .options({
        out: {
          alias: "o",
          type: "string",
          demandOption: true,
          requiresArg: true,
          describe: "Directory for the bundle: a new one, an empty one, or a former bundle",
        },
        store: {
          choices: STORES,
          default: "service" as const,
          describe: "Where instances meet: the runner's sync service, or the Redis at REDIS_HOST",
        },
        "allow-dynamic": {
          type: "string",
          array: true,
          nargs: 1,
          default: [],
          describe: "Package that may load others at run time, because the plan never gets there",
        },
        force: {
          type: "boolean",
          default: false,
          describe: "Replace files that are not from a former bundle",
        },
      }),
  handler: bundle,
};

async function bundle(args: BundleArguments): Promise<void> {
  const { plan, out: directory, force, store, "allow-dynamic": allowDynamic } = args;
  const { bundleAlone } = await import("./bundle-plan.ts");
  const bundled = await bundleAlone(plan, { directory, force }, { store, allowDynamic });
  process.stdout.write(`${report(bundled, directory)}\n`);
}

function report({ name, files, notes }: BundledPlan, directory: string): string {
  const listed = Object.entries(files).map(([file, bytes]) => `  ${file}  ${size(bytes)}`);
  return [
    `bundled ${name} into ${directory}:`,
    ...listed,
    ...notes.map((note) => `note: ${note}`),
  ].join("\n");
}

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000
    ? `${Math.round(bytes / 1_000)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
