import { describe, expect, it } from "vitest";
import { influxDestination } from "../src/metrics/influx-delivery.ts";
import { InfluxWriter, PACE, type WriterPace } from "../src/metrics/influx-writer.ts";
import { type Answer, type InfluxServer, influxServer, silentAddress } from "./influx-server.ts";

const HOUR = 3_600_000;

/** Sends at once what is full, and anything else at the end only. */
const patient: WriterPace = { ...PACE, intervalMs: HOUR, retryMs: 2, maxRetryMs: 5 };

function writerTo(url: string, pace: Partial<WriterPace> = {}, timeoutMs = 60_000): InfluxWriter {
  return new InfluxWriter(influxDestination(new URL(url), timeoutMs), { ...patient, ...pace });
}

async function open(
  answer: Answer,
  pace: Partial<WriterPace> = {},
  timeoutMs = 60_000,
): Promise<{ server: InfluxServer; writer: InfluxWriter }> {
  const server = await influxServer(answer);
  return { server, writer: writerTo(server.url, pace, timeoutMs) };
}

function write(writer: InfluxWriter, count: number, from = 0): string[] {
  const lines = Array.from({ length: count }, (_, i) => `m v=${from + i}`);
  for (const line of lines) writer.write(line);
  return lines;
}

describe("a writer to InfluxDB", () => {
  it("posts to the database of Testground, in nanoseconds, below the path of the URL", async () => {
    const server = await influxServer();
    const writer = writerTo(`${server.url}/influx/`);
    const lines = write(writer, 2);
    expect(await writer.close()).toEqual({ lost: 0, points: 2, reason: "" });
    expect(server.requests).toEqual(["POST /influx/write?db=testground&precision=ns"]);
    expect(server.bodies).toEqual([`${lines.join("\n")}\n`]);
  });

  it("sends when a batch is full, without waiting for the interval", async () => {
    const { server, writer } = await open(() => 204, { flushAt: 10 });
    const lines = write(writer, 10);
    await expect.poll(() => server.written).toEqual(lines);
    await writer.close();
    expect(server.requests).toHaveLength(1);
  });

  it("sends after the interval what is no full batch", async () => {
    const { server, writer } = await open(() => 204, { intervalMs: 5 });
    write(writer, 1);
    await expect.poll(() => server.written.length).toBe(1);
    write(writer, 1, 1);
    await expect.poll(() => server.written.length).toBe(2);
    await writer.close();
  });

  it("sends again what failed until it is taken, in order and without loss", async () => {
    const { server, writer } = await open(
      (n) => (n < 6 ? ([500, 503, 429, "reset" as const][n % 4] ?? 500) : 204),
      {
        flushAt: 5,
      },
    );
    const lines = write(writer, 23);
    await expect.poll(() => server.written.length).toBeGreaterThan(19);
    expect(await writer.close()).toMatchObject({ lost: 0, points: 23 });
    expect(server.written).toEqual(lines);
    expect(server.requests.length).toBeGreaterThan(6);
  });

  it("does not send again what was refused, and goes on with the next", async () => {
    const { server, writer } = await open((n) => (n === 0 ? 400 : 204), { flushAt: 3 });
    write(writer, 3);
    await expect.poll(() => server.requests.length).toBe(1);
    const second = write(writer, 3, 3);
    expect(await writer.close()).toEqual({
      lost: 3,
      points: 6,
      reason: 'status 400 {"error":"no such luck"}',
    });
    expect(server.written).toEqual(second);
  });

  it("gives up an answer that does not come, and sends again", async () => {
    const { server, writer } = await open((n) => (n === 0 ? "hang" : 204), { flushAt: 2 }, 50);
    const lines = write(writer, 2);
    await expect.poll(() => server.written).toEqual(lines);
    expect(await writer.close()).toMatchObject({ lost: 0 });
  });

  it("loses what its queue cannot hold, and counts it", async () => {
    const { server, writer } = await open(() => 503, { flushAt: 10, maxQueue: 20 });
    write(writer, 50);
    await expect.poll(() => server.requests.length).toBeGreaterThan(1);
    expect(await writer.close()).toMatchObject({ lost: 50, points: 50 });
  });

  it("attempts thrice at the end, and not for each batch", async () => {
    const { server, writer } = await open(() => 500, { maxBatch: 10 });
    write(writer, 100);
    expect(await writer.close()).toMatchObject({ lost: 100, points: 100 });
    expect(server.requests).toHaveLength(3);
  });

  it("ends within its time when nobody answers", async () => {
    const { writer } = await open(() => "hang", { closeMs: 100 });
    write(writer, 10);
    const start = performance.now();
    const loss = await writer.close();
    expect(loss).toEqual({ lost: 10, points: 10, reason: "no answer in time" });
    // The attempt alone would take a minute.
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it("ends soon when nobody listens, also in the middle of a long pause", async () => {
    const writer = writerTo(await silentAddress(), { flushAt: 1, retryMs: HOUR, maxRetryMs: HOUR });
    write(writer, 5);
    const loss = await writer.close();
    expect(loss).toMatchObject({ lost: 5, points: 5 });
    expect(loss.reason).toMatch(/ECONNREFUSED/);
  });

  it("says nothing to anybody when nothing was written", async () => {
    const { server, writer } = await open(() => 204);
    expect(await writer.close()).toEqual({ lost: 0, points: 0, reason: "" });
    expect(server.requests).toEqual([]);
  });
});
