import { readFileSync } from "node:fs";
import { type Feature, MemoryStore, openStore, type Store } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { expect, test } from "vitest";
import { sharedRedis } from "./redis-server.ts";

/** What each primitive stands on, and the page that describes it. */
const primitives: readonly (readonly [name: string, page: string, needs: readonly Feature[]])[] = [
  ["state and barrier", "barrier", ["counters"]],
  ["barrier that names who is missing", "barrier", ["counters", "requestIds"]],
  ["barrier that fails fast", "barrier", ["requestIds", "groups"]],
  ["barrier that shrinks", "barrier", ["requestIds", "groups"]],
  ["topic", "topic", ["logs"]],
  ["gate", "gate", ["registers", "groups"]],
  ["count-down latch", "count-down-latch", ["targets"]],
  ["cyclic barrier", "cyclic-barrier", ["targets"]],
  ["double barrier", "double-barrier", ["registers", "sessions"]],
  ["mutex", "mutex", ["claims"]],
  ["semaphore", "semaphore", ["claims"]],
  ["read-write lock", "read-write-lock", ["claims"]],
  ["multi-lock", "multi-lock", ["claims"]],
  ["leader election", "leader-election", ["claims", "registers", "groups"]],
  ["membership", "membership", ["groups"]],
  ["shared value", "shared-value", ["registers"]],
  ["atomic long", "atomic-long", ["registers"]],
  ["id generator", "id-generator", ["targets"]],
  ["once", "once", ["claims", "registers"]],
  ["work queue", "work-queue", ["queues"]],
  ["exchange of pairs", "exchanger", ["targets", "registers", "groups"]],
  ["rate limiter", "rate-limiter", ["rates"]],
];

function tableOf(stores: readonly (readonly [name: string, store: Store])[]): string {
  const head = ["primitive", ...stores.map(([name]) => name)];
  const rows = primitives.map(([name, page, needs]) => [
    `[${name}](primitives/${page}.md)`,
    ...stores.map(([, { features }]) => (needs.every((need) => features.has(need)) ? "yes" : "no")),
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

test("docs/primitives.md says which store carries which primitive, as the stores do", async () => {
  await using memory = new MemoryStore();
  await using redis = await openStore(sharedRedis());
  await using ours = await serveSync(memory, { port: 0 });
  await using testgrounds = await serveSync(memory, { port: 0, extension: false });
  await using service = await openStore(ours.url);
  await using upstream = await openStore(testgrounds.url);
  const table = tableOf([
    ["memory", memory],
    ["Redis", redis],
    ["our sync service", service],
    ["Testground's sync service", upstream],
  ]);
  const page = readFileSync(new URL("../../../docs/primitives.md", import.meta.url), "utf8");
  expect(page).toContain(table);
});
