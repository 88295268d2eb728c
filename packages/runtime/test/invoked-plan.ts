// A plan in a process of its own, for the tests of `invoke`.
import { AbortedError, invoke, invokeAll, type TestCases } from "@groundplan/runtime";

const cases: TestCases = {
  async pass(env, { sync }) {
    await sync.signalAndWait("met", 1);
    env.results().recordPoint("met", 1);
  },
  async fail() {
    throw new Error("boom");
  },
  async "throw-text"() {
    throw "just text";
  },
  async abort() {
    throw new AbortedError("enough");
  },
  async exception(_env, { sync }) {
    setTimeout(() => {
      throw new Error("nobody catches this");
    }, 1);
    await sync.barrier("never", 1);
  },
  async rejection(_env, { sync }) {
    void Promise.reject(new Error("nobody handles this"));
    await sync.barrier("never", 1);
  },
  async twice(_env, { sync }) {
    void Promise.reject(new Error("first"));
    void Promise.reject(new Error("second"));
    await sync.barrier("never", 1);
  },
  async wait(env, { sync, signal }) {
    const keepAlive = setInterval(() => {}, 1_000);
    env.recordMessage("waiting");
    try {
      await sync.barrier("never", 1, { signal });
    } finally {
      env.recordMessage("cleaned up");
      clearInterval(keepAlive);
    }
  },
  async deaf(env) {
    setInterval(() => {}, 1_000);
    env.recordMessage("waiting");
    await new Promise(() => {});
  },
  async stall() {
    await new Promise(() => {});
  },
  async leave() {
    process.exit(0);
  },
  async complain() {
    process.stderr.write("something is odd\n");
    process.stderr.write("é".repeat(50_000));
  },
  async print() {
    const forged = JSON.stringify({ ts: 1, event: { failure_event: { group: "single" } } });
    process.stdout.write(`plain\n${forged}\n{"Event":null}\n  {"event":{}}\n`);
    process.stdout.write('{"msg":"mine"}\n{"ev');
    process.stdout.write('ent":{"unknown":1}}\n');
    await new Promise((resolve) => process.stdout.write('{"held":', resolve));
    process.stdout.write("1}\n");
    process.stdout.write(`${"é".repeat(50_000)}\n`);
    process.stdout.write("no line feed here");
  },
  async "print-object"() {
    process.stdout.write('{"event":{}}');
  },
  async "asset-then-crash"(env, { sync }) {
    env.createRawAsset("kept.txt").write("kept\n");
    void Promise.reject(new Error("nobody handles this"));
    await sync.barrier("never", 1);
  },
  async late() {
    const again = (): void => {
      setImmediate(again);
      void Promise.reject(new Error("too late"));
    };
    setImmediate(again);
  },
};

const { INSTANCES = "1" } = process.env;
if (INSTANCES === "1") await invoke(cases);
await invokeAll(
  cases,
  Array.from({ length: Number(INSTANCES) }, (_, i) => ({
    ...process.env,
    GROUNDPLAN_ORDINAL: String(i),
  })),
);
