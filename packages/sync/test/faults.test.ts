import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const MAIN = fileURLToPath(new URL("./faults/main.ts", import.meta.url));

/** The first of so many seeds in a row whose schedules are short: none waits for a half-open connection. */
const FROM = 400;

test("30 schedules of faults break no guarantee; `pnpm test:faults` runs a thousand", async () => {
  const args = ["--import", "tsx", MAIN, "--seeds", "30", "--from", `${FROM}`];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT }).catch(
    (failed) => failed,
  );
  expect(stdout).toContain("30 schedules, 0 violations: ");
}, 90_000);
