import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { RedisStore } from "@groundplan/sync/redis";
import { expect, test } from "vitest";
import { OwnDirectory } from "./redis-deployments.ts";
import { OwnRedis } from "./redis-server.ts";

const scope = { run: "r", plan: "p", case: "c" } as const;
const key = { kind: "state", name: "s" } as const;

/** Connects until the socket takes no more. */
async function fill(path: string): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  for (;;) {
    const socket = connect(path);
    const refusal = await once(socket, "connect").then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal === undefined) sockets.push(socket);
    else {
      expect(refusal).toMatchObject({ code: "EAGAIN" });
      return sockets;
    }
  }
}

test("a socket whose backlog is full is tried again until its deadline, and taken once there is room [114]", async () => {
  await using directory = await OwnDirectory.make();
  const path = join(directory.path, "redis.sock");
  await using server = await OwnRedis.start("--unixsocket", path, "--tcp-backlog", "1");
  const url = `redis+unix://${path}`;
  server.signal("SIGSTOP");
  const sockets = await fill(path);
  await expect(RedisStore.connect(url, { timeoutMs: 300 })).rejects.toMatchObject({
    code: "connection",
    message: expect.stringMatching(
      /did not answer within 300 ms \(connect EAGAIN \S+\); its queue of new connections is full; raise its tcp-backlog/,
    ),
  });
  const stop = new AbortController();
  const stopped = RedisStore.connect(url, { signal: stop.signal });
  const connecting = RedisStore.connect(url, { timeoutMs: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, 300));
  stop.abort(new Error("enough"));
  await expect(stopped).rejects.toThrow("enough");
  server.signal("SIGCONT");
  await using store = await connecting;
  const { counters } = await store.open(scope);
  expect(await counters.add(key, { requestId: "1" })).toBe(1);
  for (const socket of sockets) socket.destroy();
});
