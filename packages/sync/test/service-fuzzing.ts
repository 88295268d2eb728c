import { once } from "node:events";
import { connect } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { openStore, type Scope, SyncClient } from "@groundplan/sync";
import { WebSocket } from "ws";
import { Random } from "./faults/random.ts";
import { type Memory, ServiceProcess } from "./service-process.ts";

export interface FuzzOptions {
  readonly seed: number;
  readonly frames: number;
  readonly connections: number;
  /** How long one reader does not read, in milliseconds. */
  readonly stoppedMs: number;
}

export interface FuzzReport {
  readonly before: Memory;
  readonly after: Memory;
  readonly frames: number;
  /** How often the service closed a connection because of what was sent. */
  readonly closed: number;
  /** Exchanges of the healthy pair, and how long they took in milliseconds. */
  readonly exchanges: number;
  readonly medianMs: number;
  readonly longestMs: number;
  /** The longest that this process, which all clients share, was held up itself. */
  readonly heldUpMs: number;
  /** Entries that the reader got after it had not read. */
  readonly caughtUp: number;
  readonly published: number;
}

const scope: Scope = { run: "fuzz", plan: "plan", case: "case" };
const BASE = "run:fuzz:plan:plan:case:case";
const FRAMES_A_CONNECTION = 40;
const LANES = 8;
const SILENCE_MS = 60_000;

/** Does to a service what no client should, while two clients go on with their work and one does not read. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  await using service = await ServiceProcess.start();
  // For what only ever grows once: compiled code, pools, the names of things.
  const warmUp = Math.max(2_000, options.frames / 4);
  await assault(service, { ...options, seed: options.seed + 1, frames: warmUp, stoppedMs: 100 });
  const before = await service.memory();
  const done = await assault(service, options);
  const after = await service.memory();
  if (!service.isRunning) throw new Error("the service has ended");
  return { before, after, ...done };
}

async function assault(
  service: ServiceProcess,
  { seed, frames, connections, stoppedMs }: FuzzOptions,
): Promise<Omit<FuzzReport, "before" | "after">> {
  const { url } = service;
  await using store = await openStore(url);
  await using run = await store.open(scope);
  const stop = new AbortController();
  const delay = monitorEventLoopDelay();
  delay.enable();
  const pair = healthyPair(url, stop.signal);
  const reader = stoppedReader(url, stoppedMs);
  const flood = publishFlood(url, stop.signal);
  const closed = await sendFrames(url, new Random(seed), frames);
  await dropConnections(url, connections);
  await reader.rested;
  stop.abort();
  const published = await flood;
  const caughtUp = await reader.catchUp(published);
  const times = (await pair).sort((a, b) => a - b);
  delay.disable();
  await run.drop();
  return {
    frames,
    closed,
    exchanges: times.length,
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
    longestMs: times.at(-1) ?? 0,
    heldUpMs: delay.max / 1e6,
    caughtUp,
    published,
  };
}

/** Two clients that answer each other until they are stopped; resolves with how long each exchange took. */
async function healthyPair(url: string, signal: AbortSignal): Promise<number[]> {
  await using a = await openStore(url);
  await using b = await openStore(url);
  const here = new SyncClient(await a.open(scope));
  const there = new SyncClient(await b.open(scope));
  const times: number[] = [];
  for (let n = 1; !signal.aborted; n++) {
    const began = performance.now();
    await Promise.all([
      here.signalAndWait("pair", 2 * n, { timeoutMs: SILENCE_MS }),
      there.signalAndWait("pair", 2 * n, { timeoutMs: SILENCE_MS }),
    ]);
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return times;
}

interface StoppedReader {
  readonly rested: Promise<void>;
  /** Reads on until it has so many entries. */
  catchUp(count: number): Promise<number>;
}

function stoppedReader(url: string, stoppedMs: number): StoppedReader {
  const socket = new WebSocket(url);
  let got = 0;
  let wanted = Number.POSITIVE_INFINITY;
  const done = new Promise<void>((resolve, reject) => {
    socket.on("close", () => reject(new Error(`the reader lost its connection after ${got}`)));
    socket.on("message", () => {
      if (++got >= wanted) resolve();
    });
  });
  done.catch(() => {});
  const rested = (async () => {
    await once(socket, "open");
    socket.send(JSON.stringify({ id: "s", subscribe: { topic: `${BASE}:topics:flood` } }));
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, stoppedMs));
  })();
  const catchUp = async (count: number): Promise<number> => {
    wanted = count;
    socket.resume();
    if (got < count) await done;
    socket.terminate();
    return got;
  };
  return { rested, catchUp };
}

/** Publishes far more than the buffers of a connection take, to the topic of the reader that does not read. */
async function publishFlood(url: string, signal: AbortSignal): Promise<number> {
  await using store = await openStore(url);
  const client = new SyncClient(await store.open(scope));
  const value = "x".repeat(20_000);
  let published = 0;
  while (!signal.aborted || published === 0) {
    if (published < 1_000) published = await client.publish("flood", value);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return published;
}

/** Sends frames over many connections; resolves with how many times the service has closed one. */
async function sendFrames(url: string, random: Random, count: number): Promise<number> {
  let closed = 0;
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      const most = Math.min(FRAMES_A_CONNECTION, left);
      left -= most;
      // Topics of their own: who subscribes is sent all that was ever published.
      const frames = Array.from({ length: most }, () => randomFrame(random, `${left >> 10}`));
      if (random.chance(0.1)) await sendBytes(url, random, most);
      else {
        const ended = await sendMessages(url, frames);
        closed += ended;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return closed;
}

/** Every frame on a connection that still takes it. Resolves with how many were closed by the service. */
async function sendMessages(url: string, frames: readonly (string | Buffer)[]): Promise<number> {
  let closed = 0;
  for (let sent = 0; sent < frames.length; ) {
    const socket = new WebSocket(url);
    socket.on("error", () => {});
    socket.on("message", () => {});
    await once(socket, "open");
    while (sent < frames.length && socket.readyState === WebSocket.OPEN) {
      const frame = frames[sent++] ?? "";
      socket.send(frame);
      // What follows one that is no JSON would not be looked at.
      if (!isJson(String(frame)) || sent % 8 === 0) await settled(socket);
    }
    if (!(await settled(socket))) closed++;
    socket.terminate();
  }
  return closed;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether the connection is still open once the service has read all that was sent. */
async function settled(socket: WebSocket): Promise<boolean> {
  if (socket.readyState !== WebSocket.OPEN) return false;
  const answered = new Promise<boolean>((resolve) => {
    socket.once("pong", () => resolve(true));
    socket.once("close", () => resolve(false));
  });
  socket.ping();
  return answered;
}

/** Bytes that are no WebSocket frames, behind a handshake that is one. */
async function sendBytes(url: string, random: Random, count: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.resume();
  socket.write(
    "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  for (let n = 0; n < count; n++) {
    const bytes = Array.from({ length: random.between(1, 64) }, () => random.between(0, 255));
    socket.write(Buffer.from(bytes));
  }
  await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  await once(socket, "close");
}

async function dropConnections(url: string, count: number): Promise<void> {
  const together = 20;
  for (let opened = 0; opened < count; opened += together) {
    await Promise.all(Array.from({ length: together }, (_, n) => dropOne(url, opened + n)));
  }
}

/** With a wait, a subscription and an open run in the service. */
async function dropOne(url: string, n: number): Promise<void> {
  const socket = new WebSocket(url);
  socket.on("error", () => {});
  await once(socket, "open");
  socket.send(JSON.stringify({ id: "0", hello: { version: 2, client: `${n}` } }));
  socket.send(JSON.stringify({ id: "1", call: { op: "open", handle: "1", scope } }));
  socket.send(JSON.stringify({ id: "2", barrier: { state: `${BASE}:states:never`, target: 9 } }));
  socket.send(JSON.stringify({ id: "3", subscribe: { topic: `${BASE}:topics:flood` } }));
  if (n % 2 === 0) await once(socket, "message");
  socket.terminate();
}

const KEYS = ["states:a", "states:b", "topics:a", "topics:b", "topics:c"] as const;
const VALUES: [unknown, ...unknown[]] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  "",
  "x",
  "\u0000\ud800",
  [],
  {},
  [[[[]]]],
  { __proto__: 1 },
];
const OPS = [
  "open",
  "close",
  "drop.",
  "counters.add",
  "counters.reach",
  "logs.append",
  "logs.read",
  "session.open",
  "session.losses",
  "claims.acquire",
  "queues.take",
  "registers.next",
  "constructor",
  "__proto__",
] as const;

/** A frame as it should be, as it should not be, or one of these with bytes changed. */
function randomFrame(random: Random, part: string): string | Buffer {
  const frame = random.chance(0.7) ? validFrame(random, part) : oddFrame(random);
  if (random.chance(0.5)) return frame;
  return mutated(Buffer.from(frame), random);
}

function validFrame(random: Random, part: string): string {
  const id = `${random.between(0, 9)}`;
  const key = `${BASE}:${random.pick(KEYS)}${part}`;
  const payload = random.pick(VALUES);
  switch (random.between(0, 6)) {
    case 0:
      return JSON.stringify({ id, publish: { topic: key, payload } });
    case 1:
      return JSON.stringify({ id, subscribe: { topic: key } });
    case 2:
      return JSON.stringify({ id, barrier: { state: key, target: random.between(-2, 50) } });
    case 3:
      return JSON.stringify({ id, signal_entry: { state: key } });
    case 4:
      return JSON.stringify({ id, is_cancel: true });
    case 5:
      return JSON.stringify({ id, hello: { version: 2, client: `fuzz ${random.between(0, 9)}` } });
    default:
      return JSON.stringify({ id, call: randomCall(random) });
  }
}

function randomCall(random: Random): object {
  const op = random.pick(OPS);
  if (op === "open") return { op, scope, handle: `${random.between(1, 3)}` };
  const kind = random.pick(["state", "topic", "own", 7]);
  const args = { key: { kind, name: random.pick(["a", "b"]) }, requestId: `${random.next()}` };
  const session = random.pick(VALUES);
  const rest = { name: "n", target: random.pick([1, 2, "declared"]), after: 0, json: "1", session };
  return { op, run: `${random.between(1, 3)}`, ...args, ...rest, ttlMs: random.between(-1, 300) };
}

/** JSON, but not what the protocol says. */
function oddFrame(random: Random): string {
  const names = ["id", "is_cancel", "publish", "subscribe", "barrier", "signal_entry", "call", "x"];
  const frame = Object.fromEntries(
    random.some(names, 0).map((name) => [name, random.pick(VALUES)]),
  );
  return random.pick([
    JSON.stringify(frame),
    JSON.stringify(random.pick(VALUES)),
    "[".repeat(random.between(1, 20_000)),
    `{"id":"${"x".repeat(random.between(0, 50_000))}"}`,
    "",
  ]);
}

/** Some bytes other ones, taken out, or said twice; but for the name of the run, with which all that comes of it goes. */
function mutated(frame: Buffer, random: Random): Buffer {
  let bytes = frame;
  for (let times = random.between(1, 4); times > 0; times--) {
    const run = bytes.indexOf(BASE);
    const at = random.between(0, Math.max(0, bytes.length - 1));
    if (run >= 0 && at > run - 8 && at < run + BASE.length) continue;
    const piece = bytes.subarray(at, at + random.between(1, 8));
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const kind = random.between(0, 2);
    if (kind === 0) bytes = Buffer.concat([before, after.subarray(piece.length)]);
    else if (kind === 1) bytes = Buffer.concat([before, piece, after]);
    else bytes = Buffer.concat([before, Buffer.from([random.between(0, 255)]), after.subarray(1)]);
  }
  return bytes;
}
