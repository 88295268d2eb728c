import { choreography, one, reportLost, rest } from "@groundplan/dsl";
import { AbortedError } from "@groundplan/runtime";
import { MemoryStore, type Namespace } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { describe, expect, test } from "vitest";
import { ChurnRun } from "./churn-run.ts";
import { latch } from "./latch.ts";
import { errors, performAll, type Run, type RunOptions } from "./perform-all.ts";

/** What one instance of three does, once all have three cleanups; the others wait for it for ever. */
type Work = (signal: AbortSignal) => Promise<unknown>;

interface Worked extends RunOptions {
  readonly timeout?: "2s";
  readonly stageTimeout?: "200ms";
  /** How many of the two peers must survive. */
  readonly atLeast?: number;
}

const FOREVER = new Promise<void>(() => {});
const boom: Work = () => Promise.reject(new Error("boom"));
const isAborted: Work = (signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** The cleanups of each instance, in the order they ran, once those of all have. */
async function clean(
  work: Work,
  { timeout, stageTimeout, atLeast = 2, ...options }: Worked = {},
): Promise<{ readonly run: Run; readonly order: readonly string[] }> {
  const ran = new Map([1, 2, 3].map((id) => [id, ""]));
  const roles = { seed: one(), peer: rest({ atLeast }) };
  const found = choreography({ roles, timeout: timeout ?? "60s", join: "30s" }, (c) => {
    for (const name of ["a", "b", "c"]) {
      c.everyone(name, {}, ({ me }) => {
        me.cleanup(async () => {
          await new Promise(setImmediate);
          ran.set(me.id, `${ran.get(me.id)}${name}`);
        });
      });
    }
    c.barrier("open");
    c.run("work", "peer", {}, ({ me }) => (me.id === 2 ? work(me.signal) : undefined), {
      ...(stageTimeout && { timeout: stageTimeout }),
    });
    c.barrier("met");
  });
  const run = await performAll(found, options);
  // Those of an instance that crashed may end after it.
  await expect.poll(() => [...ran.values()].join(" ")).toMatch(/^\w{3,} \w{3,} \w{3,}$/);
  return { run, order: [...ran.values()] };
}

function types({ results }: Run): readonly string[] {
  return results.map(({ type }) => type);
}

const inReverse = Array(3).fill("cba");

describe("cleanups run once, in reverse, at all instances [C55]", () => {
  test("where all goes well", async () => {
    const { run, order } = await clean(async () => {});
    expect({ types: types(run), order }).toEqual({ types: ["ok", "ok", "ok"], order: inReverse });
  });

  test.each([
    ["throws", boom, {}, "failed"],
    ["crashes", crashing, {}, "crashed"],
    ["has not returned in time", () => FOREVER, { stageTimeout: "200ms" }, "failed"],
    ["has not returned when the run is over", () => FOREVER, { timeout: "2s" }, "failed"],
  ] as const)("where a body %s", async (_, work, options, type) => {
    const { run, order } = await clean(work, options);
    expect(types(run)[1]).toBe(type);
    expect(types(run)).not.toContain("ok");
    expect(order).toEqual(inReverse);
  });

  test("where one is lost, and the others go on", async () => {
    const { run, order } = await clean(boom, { atLeast: 1 });
    expect({ types: types(run), order }).toEqual({
      types: ["ok", "failed", "ok"],
      order: inReverse,
    });
  });

  test("where one is taken for lost that lives on", async () => {
    await using churn = await ChurnRun.open("service");
    const runner: Namespace = await churn.namespace();
    const work: Work = async (signal) => {
      await reportLost(runner, { id: 2, error: "killed", how: "died" });
      return isAborted(signal);
    };
    const { run, order } = await clean(work, { atLeast: 1, sync: churn.url, run: churn.run });
    expect({ types: types(run), order }).toEqual({
      types: ["ok", "failed", "ok"],
      order: inReverse,
    });
  });

  test("where the runner ends them", async () => {
    const stop = new AbortController();
    const work: Work = (signal) => {
      stop.abort(new AbortedError("interrupted by SIGINT"));
      return isAborted(signal);
    };
    const { run, order } = await clean(work, { signal: stop.signal });
    expect(new Set(types(run))).toEqual(new Set(["aborted"]));
    expect(order).toEqual(inReverse);
  });

  test("where the store is gone", async () => {
    await using memory = new MemoryStore();
    await using service = await serveSync(memory, { port: 0 });
    const work: Work = async (signal) => {
      await service.close();
      return isAborted(signal);
    };
    const sync = `${service.url}?reconnectMs=0`;
    const { run, order } = await clean(work, { sync });
    expect(types(run)).not.toContain("ok");
    expect(order).toEqual(inReverse);
  });
});

test("a cleanup that a body registers behind the end of its instance runs at once [C55]", async () => {
  const [over, cleaned] = [latch(), latch()];
  const found = choreography({ roles: { seed: one(), peer: rest() }, timeout: "60s" }, (c) => {
    c.run("dial", "peer", {}, async ({ me }) => {
      // As a body does that does not look at its signal.
      await over.opened;
      me.cleanup(() => cleaned.open());
    });
    c.run("fail", "seed", {}, boom as () => Promise<never>);
  });
  const run = await performAll(found, { groups: { g: 2 } });
  expect(errors(run)[0]).toBe("seed #1 stage 'fail': boom");
  over.open();
  await cleaned.opened;
});

test("a cleanup that fails hides neither who ended the run nor the instance's own failure [C48]", async () => {
  const found = choreography({ roles: { seed: one(), peer: rest() }, timeout: "60s" }, (c) => {
    c.everyone("open", {}, ({ me }) => {
      me.cleanup(() => {
        throw new Error("cannot close");
      });
    });
    c.barrier("opened");
    c.run("fail", "seed", {}, () => {
      throw new Error("boom");
    });
  });
  const told = "aborted: #1 (seed) failed in 'fail': boom";
  expect(errors(await performAll(found))).toEqual(["seed #1 stage 'fail': boom", told, told]);
});

function crashing(): Promise<void> {
  setImmediate(() => {
    throw new Error("from a callback");
  });
  return FOREVER;
}
