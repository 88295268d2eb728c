import { type Duration, durationMs } from "@groundplan/dsl";
import { SyncError } from "@groundplan/sync";
import type { OldRuns } from "@groundplan/sync/redis";
import type { Argv, CommandModule } from "yargs";
import { infrastructure, messageOf, usage } from "../command-error.ts";
import { redisUrl } from "../run/meeting-place.ts";
import { report } from "./report.ts";

interface GcArguments {
  readonly sync: string;
  readonly "older-than": string;
  readonly "dry-run": boolean;
}

/** `groundplan gc`: removes what old runs left in a Redis. */
export const gcCommand: CommandModule<object, GcArguments> = {
  command: "gc",
  describe: "Removes old runs from a Redis",
  builder: (yargs: Argv<object>): Argv<GcArguments> =>
    yargs.options({
      sync: {
        type: "string",
        default: "redis",
        requiresArg: true,
        describe: "Which Redis: redis (REDIS_HOST, REDIS_PORT), or redis://… and its relatives",
      },
      "older-than": {
        type: "string",
        default: "24h",
        requiresArg: true,
        describe: "How long ago a run was started, to be removed: 90s, 30m, 24h",
      },
      "dry-run": {
        type: "boolean",
        default: false,
        describe: "Say what would be removed, and remove nothing",
      },
    }),
  handler: collect,
};

async function collect(args: GcArguments): Promise<void> {
  const { sync, "dry-run": dryRun } = args;
  const olderThanMs = parseAge(args["older-than"]);
  const found = await sweep(sync === "redis" ? redisUrl() : sync, olderThanMs, dryRun);
  process.stdout.write(`${report(found, dryRun)}\n`);
}

async function sweep(url: string, olderThanMs: number, dryRun: boolean): Promise<OldRuns> {
  // With the client of Redis, which other commands start sooner without.
  const { removeOldRuns } = await import("@groundplan/sync/redis");
  try {
    return await removeOldRuns(url, { olderThanMs, dryRun });
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    if (error.code === "range") throw usage(`--sync ${error.message}`, error);
    throw infrastructure(error.message, error);
  }
}

function parseAge(text: string): number {
  try {
    return durationMs(text as Duration, "--older-than");
  } catch (error) {
    throw usage(messageOf(error), error);
  }
}
