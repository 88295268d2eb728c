import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** An executable Node program, written to a directory. */
export function program(directory: string, name: string, source: string): string {
  const file = join(directory, name);
  writeFileSync(file, `#!/usr/bin/env node\n${source}`, { mode: 0o755 });
  return file;
}

/** Prints an event as an SDK does. */
const EVENT = `
const event = (body) => console.log(JSON.stringify({ ts: 1, msg: "", group_id: process.env.TEST_GROUP_ID, event: body }));
`;

/** Leaves what it was started with, and succeeds without meeting anybody. */
export const LEAVES_ENVIRONMENT = `${EVENT}
const { writeFileSync } = require("node:fs");
const { TEST_OUTPUTS_PATH: outputs, TEST_TEMP_PATH: temp, TEST_GROUP_ID: group } = process.env;
writeFileSync(temp + "/scratch", "");
writeFileSync(outputs + "/environment.json", JSON.stringify({ argv: process.argv.slice(2), ...process.env }));
console.log("text for people");
event({ success_event: { group } });
`;

export const FAILS = `${EVENT}
event({ failure_event: { group: process.env.TEST_GROUP_ID, error: "no route to host" } });
setInterval(() => {}, 1_000);
`;

export const SAYS_NOTHING = `process.exit(0);`;

/** Goes on for ever, in a process of its own that holds the pipes. */
export const NEVER_ENDS = `
const { spawn } = require("node:child_process");
process.on("SIGTERM", () => {});
const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1_000)"], { stdio: "inherit" });
console.log("children " + process.pid + " " + child.pid);
setInterval(() => {}, 1_000);
`;

/** Meets all instances of the run with Testground's own SDK. */
export function meetsBySdk(sdk: string): string {
  return `
const { invokeMap } = require(${JSON.stringify(sdk)});
const meet = async (runenv, client) => {
  runenv.recordMessage("from the SDK");
  await client.signalAndWait("met", runenv.testInstanceCount);
};
invokeMap({ raw: meet, meet }).then(() => process.exit(0));
`;
}
