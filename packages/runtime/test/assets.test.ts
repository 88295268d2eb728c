import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, relative } from "node:path";
import { openRunEnv, parseRunParams, type RunEnv } from "@groundplan/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { lineCollector, temporaryDirectory, testEnvironment } from "./environment.ts";
import { startPlan } from "./started-plan.ts";

function open(changes: Record<string, string> = {}): {
  readonly env: RunEnv;
  readonly outputs: string;
  readonly lines: string[];
} {
  const outputs = temporaryDirectory();
  const { lines, write } = lineCollector();
  const environment = testEnvironment({ TEST_OUTPUTS_PATH: outputs, ...changes });
  const env = openRunEnv(parseRunParams(environment), { write });
  onTestFinished(() => env.close());
  return { env, outputs, lines };
}

describe("a raw asset", () => {
  it("holds what was written, text and bytes, once the write returns", () => {
    const { env, outputs } = open();
    const asset = env.createRawAsset("deep/in/log.txt");
    asset.write("é\n");
    asset.write(Uint8Array.of(0, 255));
    expect(relative(outputs, asset.path)).toBe(join("deep", "in", "log.txt"));
    expect([...readFileSync(asset.path)]).toEqual([0xc3, 0xa9, 0x0a, 0, 255]);
    asset.close();
    asset.close();
    expect(() => asset.write("late")).toThrow(expect.objectContaining({ code: "bad-asset" }));
  });

  it("is emptied where it was there before", () => {
    const { env } = open();
    env.createRawAsset("a").write("before");
    expect(readFileSync(env.createRawAsset("a").path, "utf8")).toBe("");
  });

  it("closes with the instance", async () => {
    const { env } = open();
    const asset = env.createRawAsset("a");
    asset.write("x");
    await env.close();
    expect(() => asset.write("late")).toThrow(/is closed; write before the instance ends$/);
    expect(readFileSync(asset.path, "utf8")).toBe("x");
  });

  it("survives the crash of its process", async () => {
    const { outputs, ended } = startPlan("asset-then-crash");
    expect((await ended).code).toBe(2);
    expect(readFileSync(join(outputs, "kept.txt"), "utf8")).toBe("kept\n");
  });

  it.each(["run.out", "./run.err", "x/../results.out", "diagnostics.out", "../x", "/x", ""])(
    "is not called '%s'",
    (name) => {
      const { env } = open();
      expect(() => env.createRawAsset(name)).toThrow(expect.objectContaining({ code: "bad-path" }));
    },
  );

  it("needs an outputs directory", () => {
    const { env } = open({ TEST_OUTPUTS_PATH: "" });
    expect(() => env.createRawAsset("a")).toThrow(expect.objectContaining({ code: "bad-path" }));
  });
});

describe("a structured asset", () => {
  it("has a JSON object a line, as the Go SDK's standard configuration writes it", () => {
    const { env } = open();
    using asset = env.createStructuredAsset("peers.ndjson");
    asset.info("dialled", { peer: 3, level: "own", error: new Error("no") });
    asset.debug("");
    asset.warn("w");
    asset.error("x".repeat(100_000));
    const lines = readFileSync(asset.path, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/\d{19}/, "TS").replace(/x+/, "x"))).toEqual([
      '{"level":"info","ts":TS,"msg":"dialled","peer":3,"level_":"own","error":"no"}',
      '{"level":"debug","ts":TS,"msg":""}',
      '{"level":"warn","ts":TS,"msg":"w"}',
      '{"level":"error","ts":TS,"msg":"x"}',
    ]);
    expect(lines[3]).toHaveLength(100_000 + '{"level":"error","ts":,"msg":""}'.length + 19);
  });
});

describe("a random file", () => {
  it.each([
    [0, 0],
    [1, 1],
    ["3MiB", 3 * 2 ** 20],
    [2 ** 20 + 1, 2 ** 20 + 1],
  ])("of size %s has so many bytes", async (size, bytes) => {
    const { env } = open();
    const directory = temporaryDirectory();
    const path = await env.createRandomFile(directory, size);
    expect(relative(directory, path)).toMatch(/^demo[0-9a-f]{12}$/);
    expect(statSync(path).size).toBe(bytes);
  });

  it("differs each time, but for the same seed", async () => {
    const { env } = open();
    const directory = temporaryDirectory();
    const make = (seed?: string): Promise<string> =>
      env.createRandomFile(directory, 2_000_000, { seed });
    const paths = await Promise.all([make(), make(), make("s"), make("s"), make("t")]);
    const contents = paths.map((path) => readFileSync(path, "base64"));
    expect(new Set(paths).size).toBe(5);
    expect(new Set(contents).size).toBe(4);
    expect(contents[2]).toBe(contents[3]);
    expect(
      readFileSync(paths[2] ?? "")
        .subarray(0, 8)
        .toString("hex"),
    ).toMatchInlineSnapshot(`"03f84f8aa6ec7535"`);
  });

  it("looks random: every byte as often as the others", async () => {
    const { env } = open();
    const path = await env.createRandomFile(temporaryDirectory(), 256_000, { seed: "even" });
    const counts = new Array<number>(256).fill(0);
    for (const byte of readFileSync(path)) counts[byte] = (counts[byte] ?? 0) + 1;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "ten", ""])(
    "cannot have size %s",
    async (size) => {
      const { env } = open();
      const directory = temporaryDirectory();
      await expect(env.createRandomFile(directory, size)).rejects.toMatchObject({
        code: "bad-asset",
      });
      expect(readdirSync(directory)).toEqual([]);
    },
  );

  it("is not left half made when it is stopped", async () => {
    const { env } = open();
    const directory = temporaryDirectory();
    const stop = new AbortController();
    const made = env.createRandomFile(directory, "1TiB", { signal: stop.signal });
    await expect.poll(() => readdirSync(directory)).toHaveLength(1);
    stop.abort(new Error("enough"));
    await expect(made).rejects.toThrow("enough");
    expect(readdirSync(directory)).toEqual([]);
  });

  it("is named after a plan whatever its name", async () => {
    const { env } = open({ TEST_PLAN: "../my plan" });
    const directory = temporaryDirectory();
    const path = await env.createRandomFile(directory, 1);
    expect(relative(directory, path)).toMatch(/^\.\.-my-plan[0-9a-f]{12}$/);
  });
});

describe("a random directory", () => {
  it("is nested as deep as asked", async () => {
    const { env } = open();
    const directory = temporaryDirectory();
    const path = await env.createRandomDirectory(directory, 3);
    expect(relative(directory, path)).toMatch(/^demo\w{6}$/);
    const inside = readdirSync(path, { recursive: true, encoding: "utf8" });
    expect(inside.sort()).toEqual([
      expect.stringMatching(/^tg\w{6}$/),
      expect.stringMatching(/^tg\w{6}\/tg\w{6}$/),
    ]);
  });

  it("of depth 0 is the directory itself", async () => {
    const { env } = open();
    const directory = temporaryDirectory();
    expect(await env.createRandomDirectory(directory, 0)).toBe(directory);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([-1, 0.5, 1_001, Number.NaN])("cannot be %d deep", async (depth) => {
    const { env } = open();
    await expect(env.createRandomDirectory(temporaryDirectory(), depth)).rejects.toMatchObject({
      code: "bad-asset",
    });
  });
});

describe("periodic snapshots over HTTP", () => {
  it("are files named by the second, until the instance ends", async () => {
    let asked = 0;
    const server = createServer((_request, response) => response.end(`answer ${++asked}`));
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const { env, outputs, lines } = open();
    env.httpPeriodicSnapshots(`http://127.0.0.1:${port}/metrics`, 500, "snapshots");
    const list = (): string[] => readdirSync(join(outputs, "snapshots"));
    await expect.poll(list).not.toHaveLength(0);
    await env.close();
    const [name = ""] = list();
    expect(name).toMatch(/^\d{10}\.out$/);
    expect(readFileSync(join(outputs, "snapshots", name), "utf8")).toMatch(/^answer \d+$/);
    expect(lines).toEqual([]);
  });

  it("tell in a message what could not be fetched, and go on", async () => {
    const { env, lines } = open();
    await using _taken = env.httpPeriodicSnapshots("http://127.0.0.1:1/", 20, "snapshots");
    await expect.poll(() => lines.length).toBeGreaterThan(1);
    expect(lines[0]).toContain("error while scraping http://127.0.0.1:1/: fetch failed");
  });

  it("need a period and a directory among the outputs", () => {
    const { env, outputs } = open();
    expect(() => env.httpPeriodicSnapshots("http://x", 0, "s")).toThrow(/every 0 ms/);
    expect(() => env.httpPeriodicSnapshots("http://x", 1, "../s")).toThrow(
      expect.objectContaining({ code: "bad-path" }),
    );
    expect(existsSync(join(outputs, "s"))).toBe(false);
  });
});
