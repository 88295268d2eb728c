import { MemoryStore } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { afterEach, expect, test, vi } from "vitest";
import { publish, RawClient, signal, subscribe } from "./raw-client.ts";

const STATE = "run:r:plan:p:case:c:states:s";
const TOPIC = "run:r:plan:p:case:c:topics:t";
const HOURS = 3 * 60 * 60_000;

afterEach(() => vi.useRealTimers());

test("states nobody waits for and topics nobody uses are there hours later, with their subscribers (upstream bugs 2, 3 and 8)", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "Date", "performance"] });
  await using store = new MemoryStore();
  await using service = await serveSync(store, { port: 0 });
  await using client = await RawClient.connect(service.url);
  client.send(signal("0", STATE));
  client.send(publish("1", TOPIC, "early"));
  client.send(subscribe("2", TOPIC));
  expect(await client.nextFrames(3)).toHaveLength(3);

  await vi.advanceTimersByTimeAsync(HOURS);

  expect(await client.rest()).toEqual([]);
  client.send(signal("3", STATE));
  expect((await client.nextFrame()).signal_entry?.seq).toBe(2);
  client.send(publish("4", TOPIC, "late"));
  const frames = await client.nextFrames(2);
  expect(frames.find(({ id }) => id === "4")?.publish?.seq).toBe(2);
  expect(frames.find(({ id }) => id === "2")?.subscribe).toBe('"late"');
});
