import { fuzz } from "./service-fuzzing.ts";

/**
 * The whole of what service-fuzz.test.ts does a part of:
 * `npx tsx packages/sync/test/service-soak.ts [seed] [frames] [connections] [milliseconds that a reader stops]`
 */
const [seed = 1, frames = 100_000, connections = 1_000, stoppedMs = 60_000] = process.argv
  .slice(2)
  .map(Number);
const began = performance.now();
const report = await fuzz({ seed, frames, connections, stoppedMs });
const { before, after } = report;
const change = (was: number, is: number): string =>
  `${(was / 1e6).toFixed(1)} MB to ${(is / 1e6).toFixed(1)} MB (${((is / was - 1) * 100).toFixed(1)} %)`;
const lines = [
  `seed ${seed}: ${frames} frames, ${connections} connections opened and dropped, a reader stopped for ${stoppedMs} ms`,
  `took ${((performance.now() - began) / 1000).toFixed(0)} s; ${report.closed} connections closed by the service for what was sent`,
  `heap ${change(before.heapUsed, after.heapUsed)}, resident ${change(before.rss, after.rss)}`,
  `healthy pair: ${report.exchanges} exchanges, median ${report.medianMs.toFixed(1)} ms, longest ${report.longestMs.toFixed(0)} ms, held up for ${report.heldUpMs.toFixed(0)} ms in the clients' process and ${after.heldUpMs.toFixed(0)} ms in the service's`,
  `stopped reader: ${report.caughtUp} of ${report.published} entries once it read on; ${after.connections} connections left`,
];
process.stdout.write(`${lines.join("\n")}\n`);
const isBack = Math.abs(after.heapUsed / before.heapUsed - 1) <= 0.1;
if (!isBack || report.caughtUp !== report.published || after.connections > 0) process.exitCode = 1;
