import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { usage } from "../command-error.ts";
import { formatShares, instanceEnvironments } from "../host/environments.ts";
import type { Seat } from "../host/message.ts";
import type { Group } from "./groups.ts";
import { shareOf } from "./placement.ts";

/** An instance that is a program of its own, in whatever language. */
export interface ArtifactInstance {
  readonly seat: Seat;
  readonly program: string;
  /** What sets it apart from the others of the run, as a host would be told of it. */
  readonly share: string;
}

/** The instances of the groups that have an artifact. */
export function artifactInstances(groups: readonly Group[]): readonly ArtifactInstance[] {
  return groups.flatMap((group) =>
    group.artifact === undefined ? [] : instancesOf(group, group.artifact),
  );
}

function instancesOf(group: Group, program: string): readonly ArtifactInstance[] {
  return Array.from({ length: group.instances }, (_, ordinal) => ({
    seat: { group: group.id, ordinal },
    program,
    share: formatShares([shareOf(group, ordinal, 1)]),
  }));
}

/** The absolute path of a program that can be started. `where` begins the complaint if it cannot. */
export function executable(path: string, directory: string, where: string): string {
  const file = resolve(directory, path);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw usage(`${where}: there is no file '${path}' (looked for ${file}); name a program`);
  }
  try {
    accessSync(file, constants.X_OK);
  } catch (cause) {
    throw usage(`${where}: '${path}' cannot be started; make it executable: chmod +x`, cause);
  }
  if (!isProgram(file)) {
    throw usage(`${where}: '${path}' is text without a first line such as #!/usr/bin/env node`);
  }
  return file;
}

/** The system starts binaries, and text only by what its first line names. */
function isProgram(file: string): boolean {
  const start = Buffer.alloc(256);
  const opened = openSync(file, "r");
  try {
    const length = readSync(opened, start);
    return start.subarray(0, 2).toString() === "#!" || start.subarray(0, length).includes(0);
  } finally {
    closeSync(opened);
  }
}

/** What `local:exec` passes, and nothing of the user's own environment but the path of programs. */
export function artifactEnvironment(
  { share }: ArtifactInstance,
  environment: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const [own = {}] = instanceEnvironments({ ...environment, GROUNDPLAN_INSTANCES: share });
  const { GROUNDPLAN_INSTANCES: _told, ...variables } = own;
  return {
    REDIS_HOST: "localhost",
    INFLUXDB_URL: process.env["INFLUXDB_URL"] ?? "",
    PATH: process.env["PATH"],
    ...variables,
  };
}
