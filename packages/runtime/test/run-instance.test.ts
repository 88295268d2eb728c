import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AbortedError,
  type InstanceResult,
  type RunInstanceOptions,
  runInstance,
  type TestCaseFunction,
} from "@groundplan/runtime";
import { type Namespace, openStore, SyncClient } from "@groundplan/sync";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { lineCollector, masked, temporaryDirectory, testEnvironment } from "./environment.ts";

interface Performed {
  readonly result: InstanceResult;
  readonly lines: string[];
  readonly ends: string[];
  /** What the run's event stream holds. */
  readonly events: unknown[];
  readonly namespace: Namespace;
}

async function openRun(environment: Record<string, string>): Promise<Namespace> {
  const store = await openStore("memory:");
  onTestFinished(() => store.close());
  return store.open({
    run: environment["TEST_RUN"] ?? "",
    plan: environment["TEST_PLAN"] ?? "",
    case: environment["TEST_CASE"] ?? "",
  });
}

async function perform(
  meet: TestCaseFunction,
  changes: Record<string, string> = {},
  options: Partial<RunInstanceOptions> = {},
): Promise<Performed> {
  const environment = testEnvironment(changes);
  const namespace = options.namespace ?? (await openRun(environment));
  const { lines, write, ends } = lineCollector();
  const result = await runInstance({ meet }, { environment, write, ...options, namespace });
  const entries = await namespace.logs.snapshot({ kind: "run_events" });
  const events = entries.map(({ json }): unknown => JSON.parse(json));
  return { result, lines, ends: ends(), events, namespace };
}

const STAGES = [
  { stage_start_event: { name: "network-initialized", group: "single" } },
  { stage_end_event: { name: "network-initialized", group: "single" } },
];

describe("an instance that passes", () => {
  it("says so on stdout and among the run's events", async () => {
    const { result, lines, events } = await perform(async () => {}, { TEST_RUN: "r" });
    expect(result).toEqual({ type: "ok" });
    expect(masked(lines).join("")).toMatchInlineSnapshot(`
      "{"ts":TS,"msg":"","group_id":"single","run_id":"r","event":{"start_event":{"runenv":{"plan":"demo","case":"meet","run":"r","params":{},"instances":1,"outputs_path":"","temp_path":"","network":"127.1.0.0/16","group":"single","group_instances":1}},"type":"start","runenv":{"plan":"demo","case":"meet","run":"r","params":{},"instances":1,"outputs_path":"","temp_path":"","network":"127.1.0.0/16","group":"single","group_instances":1}}}
      {"ts":TS,"msg":"","group_id":"single","run_id":"r","event":{"message_event":{"message":"network initialisation successful"},"type":"message","message":"network initialisation successful"}}
      {"ts":TS,"msg":"","group_id":"single","run_id":"r","event":{"message_event":{"message":"claimed sequence numbers; global=1, group(single)=1"},"type":"message","message":"claimed sequence numbers; global=1, group(single)=1"}}
      {"ts":TS,"msg":"","group_id":"single","run_id":"r","event":{"success_event":{"group":"single"},"type":"finish","outcome":"ok"}}
      "
    `);
    expect(events).toEqual([...STAGES, { success_event: { group: "single" } }]);
  });

  it("gets its parameters, its sequence numbers and a working client", async () => {
    let seen: unknown;
    const meet: TestCaseFunction = async (env, { sync, globalSeq, groupSeq, signal }) => {
      const { n } = env.params(z.object({ n: z.int() }));
      seen = { n, globalSeq, groupSeq, aborted: signal.aborted, seq: await sync.signalEntry("s") };
    };
    const { result } = await perform(meet, { TEST_INSTANCE_PARAMS: "n=5" });
    expect(result).toEqual({ type: "ok" });
    expect(seen).toEqual({ n: 5, globalSeq: 1, groupSeq: 1, aborted: false, seq: 1 });
  });

  it("leaves run.err empty and run.out a copy of its lines", async () => {
    const outputs = temporaryDirectory();
    const { lines } = await perform(async () => {}, { TEST_OUTPUTS_PATH: outputs });
    expect(readFileSync(join(outputs, "run.out"), "utf8")).toBe(lines.join(""));
    expect(readFileSync(join(outputs, "run.err"), "utf8")).toBe("");
  });

  it("is found by the name Testground makes of its test case's", async () => {
    const environment = testEnvironment({ TEST_CASE: "net-latency" });
    const namespace = await openRun(environment);
    const { write } = lineCollector();
    const cases = { "net/latency": async () => {} };
    expect(await runInstance(cases, { environment, namespace, write })).toEqual({ type: "ok" });
  });
});

describe("the initialisation of an instance", () => {
  it("signals the global state, then that of the group, once each and before the test case", async () => {
    const writes: string[] = [];
    const environment = testEnvironment({ TEST_GROUP_ID: "miners" });
    const namespace = recording(await openRun(environment), writes);
    await perform(async () => void writes.push("test case"), environment, { namespace });
    expect(writes).toEqual([
      'run_events {"stage_start_event":{"name":"network-initialized","group":"miners"}}',
      'run_events {"stage_end_event":{"name":"network-initialized","group":"miners"}}',
      "state initialized_global",
      "state initialized_group_miners",
      "test case",
      'run_events {"success_event":{"group":"miners"}}',
    ]);
  });

  it("waits for a sidecar to have prepared the network of every instance", async () => {
    const environment = testEnvironment({ TEST_SIDECAR: "true", TEST_INSTANCE_COUNT: "2" });
    const namespace = await openRun(environment);
    const sidecar = new SyncClient(namespace);
    let isReady = false;
    const meet: TestCaseFunction = async () => expect(isReady).toBe(true);
    const instance = perform(meet, environment, { namespace });
    for await (const { json } of namespace.logs.read({ kind: "run_events" })) {
      expect(json).toContain("stage_start_event");
      break;
    }
    await sidecar.signalEntry("network-initialized");
    expect(await namespace.counters.read({ kind: "state", name: "initialized_global" })).toBe(0);
    isReady = true;
    await sidecar.signalEntry("network-initialized");
    expect((await instance).result).toEqual({ type: "ok" });
  });

  it("numbers the instances of a run and of each group from 1", async () => {
    const environment = testEnvironment({ TEST_INSTANCE_COUNT: "4" });
    const namespace = await openRun(environment);
    const seqs: string[] = [];
    const meet: TestCaseFunction = async (env, { sync, globalSeq, groupSeq }) => {
      seqs.push(`${globalSeq} ${env.group} ${groupSeq}`);
      await sync.signalAndWait("met", env.instances);
    };
    const groups = ["a", "b", "a", "b"];
    await Promise.all(
      groups.map((TEST_GROUP_ID) =>
        perform(meet, { ...environment, TEST_GROUP_ID }, { namespace }),
      ),
    );
    expect(seqs.map((seq) => seq.slice(0, 1)).sort()).toEqual(["1", "2", "3", "4"]);
    expect(seqs.map((seq) => seq.slice(2)).sort()).toEqual(["a 1", "a 2", "b 1", "b 2"]);
  });
});

describe("an instance that does not pass", () => {
  it("fails with the error its test case rejects with", async () => {
    const { result, ends, events } = await perform(async () => {
      throw new Error("boom");
    });
    expect(result).toMatchObject({ type: "failed", error: { message: "boom" } });
    expect(ends).toEqual(["failure_event"]);
    expect(events.at(-1)).toEqual({ failure_event: { group: "single", error: "boom" } });
  });

  it.each([
    ["text", "text"],
    [undefined, "undefined"],
    [{ code: 7 }, "{ code: 7 }"],
    [new TypeError(), "TypeError"],
  ])("fails with words for whatever was thrown: %o", async (thrown, error) => {
    const { ends, events } = await perform(async () => {
      throw thrown;
    });
    expect(ends).toEqual(["failure_event"]);
    expect(events.at(-1)).toEqual({ failure_event: { group: "single", error } });
  });

  it("fails, naming the cases there are, when the plan has no such test case", async () => {
    const { result, ends, events } = await perform(async () => {}, { TEST_CASE: "greet" });
    expect(result).toMatchObject({ type: "failed", error: { code: "unknown-case" } });
    expect(ends).toEqual(["failure_event"]);
    expect(events).toEqual([
      {
        failure_event: {
          group: "single",
          error: "the plan has no test case 'greet'; it has meet",
        },
      },
    ]);
  });

  it("fails on a bad parameter, naming it", async () => {
    const { ends, events } = await perform(
      async (env) => void env.params(z.object({ n: z.int() })),
      { TEST_INSTANCE_PARAMS: "n=five" },
    );
    expect(ends).toEqual(["failure_event"]);
    expect(JSON.stringify(events.at(-1))).toContain("parameter 'n' is");
  });

  it("says on both ways what is wrong with its environment, and starts nothing", async () => {
    const { result, lines, ends, events } = await perform(async () => {}, {
      TEST_INSTANCE_COUNT: "ten",
      TEST_GROUP_ID: "g",
      TEST_SUBNET: "x",
    });
    expect(result).toMatchObject({ type: "failed", error: { code: "bad-environment" } });
    expect(ends).toEqual(["failure_event"]);
    expect(lines).toHaveLength(1);
    expect(events).toEqual([
      { failure_event: { group: "g", error: expect.stringContaining('TEST_SUBNET is "x"') } },
    ]);
  });

  it("says on stdout that its directory cannot be used", async () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    const { result, ends } = await perform(async () => {}, { TEST_OUTPUTS_PATH: file });
    expect(result).toMatchObject({ type: "failed", error: { code: "bad-outputs" } });
    expect(ends).toEqual(["failure_event"]);
  });

  it("fails when its store cannot be reached", async () => {
    const environment = testEnvironment({ GROUNDPLAN_SYNC: "redis://127.0.0.1:1" });
    const { lines, write, ends } = lineCollector();
    const result = await runInstance({ meet: async () => {} }, { environment, write });
    expect(result).toMatchObject({ type: "failed", error: { code: "connection" } });
    expect(ends()).toEqual(["failure_event"]);
    expect(lines).toHaveLength(2);
  });

  it("is aborted when its test case says so, and leaves the others alone", async () => {
    const { result, ends, namespace } = await perform(async () => {
      throw new AbortedError("enough");
    });
    expect(result).toMatchObject({ type: "aborted", error: { message: "enough" } });
    expect(ends).toEqual(["failure_event"]);
    expect(new SyncClient(namespace).aborted.aborted).toBe(false);
  });

  it("does not hide a failure behind a success it recorded itself", async () => {
    const { result, ends } = await perform(async (env) => {
      env.recordSuccess();
      throw new Error("late");
    });
    expect(result).toMatchObject({ type: "failed" });
    expect(ends).toEqual(["success_event"]);
  });

  it("has texts of a few KiB on the topic, however long they are", async () => {
    const { events } = await perform(async () => {
      throw new Error("<".repeat(100_000));
    });
    const { failure_event } = events.at(-1) as { failure_event: { error: string } };
    expect(Buffer.byteLength(failure_event.error)).toBeLessThanOrEqual(2_048);
    expect(failure_event.error).toMatch(/ … \(\d+ bytes more\)$/);
  });
});

describe("the other instances of the run", () => {
  it("are aborted when one fails, and say which and why", async () => {
    const environment = testEnvironment({ TEST_INSTANCE_COUNT: "2" });
    const namespace = await openRun(environment);
    const failing = perform(
      async (_env, { sync }) => {
        await sync.barrier("waiting", 1);
        throw new Error("boom");
      },
      { ...environment, TEST_GROUP_ID: "seeds" },
      { namespace },
    );
    const waiting = perform(
      (_env, { sync }) => sync.signalAndWait("waiting", 99).then(() => {}),
      environment,
      { namespace },
    );
    const [failed, aborted] = await Promise.all([failing, waiting]);
    expect(failed.result).toMatchObject({ type: "failed" });
    expect(aborted.result).toMatchObject({
      type: "aborted",
      error: {
        message: expect.stringMatching(
          /^the run was aborted: seeds \(instance \d\) failed in 'meet': boom$/,
        ),
      },
    });
    expect(aborted.ends).toEqual(["failure_event"]);
  });

  it("end even if they do not look at their signal", async () => {
    const environment = testEnvironment({ TEST_INSTANCE_COUNT: "2" });
    const namespace = await openRun(environment);
    const deaf = perform(() => new Promise(() => {}), environment, { namespace });
    await new SyncClient(namespace).abort({ any: "report" });
    expect((await deaf).result).toMatchObject({
      type: "aborted",
      error: { message: 'the run was aborted: {"any":"report"}' },
    });
  });
});

describe("an instance whose caller's signal aborts", () => {
  it("gives its test case the time to clean up, and is aborted", async () => {
    const stop = new AbortController();
    let cleanedUp = false;
    const meet: TestCaseFunction = async (_env, { sync, signal }) => {
      stop.abort(new AbortedError("the runner is shutting down"));
      await sync.barrier("never", 1, { signal }).catch(() => {});
      await new Promise((resolve) => setImmediate(resolve));
      cleanedUp = true;
    };
    const { result, ends, events } = await perform(meet, {}, { signal: stop.signal });
    expect(cleanedUp).toBe(true);
    expect(result).toMatchObject({ type: "aborted" });
    expect(ends).toEqual(["failure_event"]);
    expect(events.at(-1)).toEqual({
      failure_event: { group: "single", error: "the runner is shutting down" },
    });
  });

  it("is aborted before it starts its test case, if that is when", async () => {
    const { result, ends } = await perform(
      async () => {
        throw new Error("started");
      },
      {},
      { signal: AbortSignal.abort(new AbortedError("too late")) },
    );
    expect(result).toMatchObject({ type: "aborted", error: { message: "too late" } });
    expect(ends).toEqual(["failure_event"]);
  });
});

/** The run, writing down what is written to it. */
function recording(namespace: Namespace, writes: string[]): Namespace {
  const { counters, logs } = namespace;
  return {
    ...namespace,
    counters: {
      ...counters,
      add(key, mutation) {
        writes.push(`${key.kind} ${key.name}`);
        return counters.add(key, mutation);
      },
    },
    logs: {
      ...logs,
      append(key, json, mutation) {
        writes.push(`${key.kind} ${json}`);
        return logs.append(key, json, mutation);
      },
    },
  };
}
