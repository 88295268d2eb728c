import { expect, test } from "vitest";
import { fuzz } from "./service-fuzzing.ts";

test("frames of every kind, dropped connections and a reader that stops harm nobody and leave nothing behind", async () => {
  const report = await fuzz({ seed: 1, frames: 5_000, connections: 200, stoppedMs: 2_000 });
  expect(report.closed).toBeGreaterThan(0);
  expect(report.exchanges).toBeGreaterThan(10);
  expect(report.longestMs).toBeLessThan(5_000);
  expect(report.caughtUp).toBe(report.published);
  expect(report.after.connections).toBe(0);
  expect(report.after.heapUsed).toBeLessThan(report.before.heapUsed * 1.1);
});
