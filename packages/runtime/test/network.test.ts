import { networkInterfaces } from "node:os";
import {
  type LinkShape,
  NetworkClient,
  type NetworkConfig,
  openRunEnv,
  parseRunParams,
  type RuntimeError,
  runInstance,
  shapeFaults,
  type TestCaseFunction,
} from "@groundplan/runtime";
import { type Namespace, openStore, SyncClient } from "@groundplan/sync";
import { serveSync } from "@groundplan/sync/service";
import { describe, expect, it, onTestFinished } from "vitest";
import { lineCollector, testEnvironment } from "./environment.ts";
import { type Applied, fakeSidecar } from "./fake-sidecar.ts";

interface Opened {
  readonly network: NetworkClient;
  readonly namespace: Namespace;
  readonly lines: readonly string[];
}

/** An instance's network in a run of its own, on a store of its own. */
async function open(changes: Record<string, string> = {}, url = "memory:"): Promise<Opened> {
  const environment = testEnvironment({ TEST_SIDECAR: "true", ...changes });
  const store = await openStore(url);
  const params = parseRunParams(environment);
  const namespace = await store.open({ run: params.run, plan: params.plan, case: params.case });
  const { lines, write } = lineCollector();
  const env = openRunEnv(params, { write });
  const sync = new SyncClient(namespace);
  onTestFinished(async () => {
    await sync.close();
    await env.close();
    await store.close();
  });
  return { network: new NetworkClient(env, sync), namespace, lines };
}

async function configured(config: NetworkConfig, changes = {}): Promise<Applied | undefined> {
  const { network, namespace } = await open(changes);
  const sidecar = await fakeSidecar(namespace);
  await network.configureNetwork(config);
  expect(sidecar.applied).toHaveLength(1);
  return sidecar.applied[0];
}

async function failure(promise: Promise<unknown>): Promise<RuntimeError> {
  return promise.then(
    () => expect.fail("it resolved"),
    (error) => error,
  );
}

const unshaped = {
  latency: 0,
  jitter: 0,
  bandwidth: 0,
  filter: 0,
  loss: 0,
  corrupt: 0,
  corrupt_corr: 0,
  reorder: 0,
  reorder_corr: 0,
  duplicate: 0,
  duplicate_corr: 0,
};

describe("a network configuration", () => {
  it("reaches the sidecar in whole nanoseconds and bits a second, with every field it reads", async () => {
    const applied = await configured({
      ipv4: "127.1.2.3/12",
      default: {
        latency: "0.25ms",
        jitter: 1.5,
        bandwidth: "10mbit",
        loss: 0.1,
        corrupt: 1,
        corruptCorrelation: 2,
        reorder: 3,
        reorderCorrelation: 4,
        duplicate: 5,
        duplicateCorrelation: 100,
      },
      rules: [{ subnet: "127.1.2.0/24", filter: "drop" }],
      routingPolicy: "allow_all",
      callbackState: "shaped",
    });
    expect(applied).toEqual({
      network: "default",
      IPv4: "127.1.2.3/12",
      enable: true,
      default: {
        latency: 250_000,
        jitter: 1_500_000,
        bandwidth: 10_000_000,
        filter: 0,
        loss: 0.1,
        corrupt: 1,
        corrupt_corr: 2,
        reorder: 3,
        reorder_corr: 4,
        duplicate: 5,
        duplicate_corr: 100,
      },
      rules: [{ ...unshaped, filter: 2, subnet: "127.1.2.0/24" }],
      callback_state: "shaped",
      routing_policy: "allow_all",
    });
  });

  it("of nothing takes every limit away and keeps to the run's networks", async () => {
    const { callback_state, ...applied } = (await configured({})) ?? {};
    expect(applied).toEqual({
      network: "default",
      enable: true,
      default: unshaped,
      rules: [],
      routing_policy: "deny_all",
    });
    expect(callback_state).toMatch(/^network-configured-/);
  });

  it("rounds what does not come out even, so that the sidecar can read it", async () => {
    const { default: shape } = (await configured({ default: { latency: 1 / 3 } })) ?? {};
    expect(shape?.latency).toBe(333_333);
  });

  it("can take the instance off the network", async () => {
    expect(await configured({ enable: false })).toMatchObject({ enable: false });
  });

  it("has a callback state of its own each time, so that the second is not done before it began", async () => {
    const { network, namespace } = await open();
    const sidecar = await fakeSidecar(namespace);
    await network.configureNetwork({ default: { latency: 1 } });
    await network.configureNetwork({ default: { latency: 2 } });
    expect(sidecar.applied.map((each) => each.default.latency)).toEqual([1e6, 2e6]);
    expect(new Set(sidecar.applied.map((each) => each.callback_state)).size).toBe(2);
  });

  it("with a state to share waits for all instances, or as many as its target says", async () => {
    const { network, namespace } = await open({ TEST_INSTANCE_COUNT: "3" });
    const sidecar = await fakeSidecar(namespace);
    const others = new SyncClient(namespace);
    await network.configureNetwork({ callbackState: "one", callbackTarget: 1 });
    const all = network.configureNetwork({ callbackState: "all" });
    let isDone = false;
    void all.then(() => {
      isDone = true;
    });
    await others.signalEntry("all");
    await others.barrier("all", 2);
    expect(isDone).toBe(false);
    await others.signalEntry("all");
    await all;
    expect(sidecar.applied).toHaveLength(2);
  });

  it("passes through a sync service like any other", async () => {
    await using store = await openStore("memory:");
    await using service = await serveSync(store, { port: 0 });
    const { network, namespace } = await open({}, service.url);
    const sidecar = await fakeSidecar(namespace);
    await network.waitNetworkInitialized();
    await network.configureNetwork({ default: { bandwidth: "1gbit" } });
    expect(sidecar.applied[0]?.default.bandwidth).toBe(1e9);
  });
});

describe("a network configuration that no sidecar could apply", () => {
  it("is refused with all that is wrong, before it is sent", async () => {
    const { network, namespace } = await open();
    const sidecar = await fakeSidecar(namespace);
    const config = {
      ipv4: "10.0.0.5/16",
      ipv6: "fd00::5/64",
      default: { latency: "200", jitter: -1, bandwidth: "10MB", loss: 101, delay: 5 },
      rules: [{ subnet: "fd00::/64", filter: "ignore" }],
      routingPolicy: "allow",
      callbackState: "",
      callbackTarget: 0,
    } as unknown as NetworkConfig;
    const error = await failure(network.configureNetwork(config));
    expect(error).toMatchObject({ name: "RuntimeError", code: "bad-network" });
    expect(error.message).toMatchInlineSnapshot(`
      "no sidecar can configure a network like this:
        ipv4 '10.0.0.5/16' is not in the data network 127.1.0.0/16
        ipv6 cannot be set: sidecars have no IPv6
        default: latency '200' is no duration: write milliseconds as a number, or '200ms', '2s'; the longest is 71 minutes
        default: jitter -1 is no duration: write milliseconds as a number, or '200ms', '2s'; the longest is 71 minutes
        default: bandwidth '10MB' is no bandwidth: write bits a second, as '500kbit', '10mbit' or '1gbit'; leave it out for no limit
        default: loss 101 is no percent: write percent, 0 to 100
        default: delay is nothing a link has: it has latency, jitter, bandwidth, loss, corrupt, corruptCorrelation, reorder, reorderCorrelation, duplicate, duplicateCorrelation
        rules[0]: subnet 'fd00::/64' is no IPv4 network: write '16.0.2.0/24'
        rules[0]: filter 'ignore' is none of accept, reject, drop
        routingPolicy 'allow' is none of allow_all, deny_all
        callbackState is empty: name a state, or leave it out
        callbackTarget 0 must be a whole number, 1 or more"
    `);
    await network.configureNetwork({});
    expect(sidecar.applied).toHaveLength(1);
  });

  it.each([
    ["127.1.0.1/16", "is the gateway's"],
    ["127.1.2.3", "is no address with its prefix"],
    ["127.1.2.3/33", "is no address with its prefix"],
    ["127.2.2.3/16", "is not in the data network 127.1.0.0/16"],
    ["::1/64", "is IPv6"],
    ["", "is no address with its prefix"],
  ])("is that with the address '%s'", async (ipv4, fault) => {
    const { network } = await open();
    const { message } = await failure(network.configureNetwork({ ipv4 }));
    expect(message).toContain(`ipv4 '${ipv4}' ${fault}`);
  });

  it.each<[keyof LinkShape, unknown]>([
    ["latency", "72m"],
    ["latency", "1e2ms"],
    ["latency", Number.NaN],
    ["latency", Number.POSITIVE_INFINITY],
    ["bandwidth", "0.001kbit"],
    ["bandwidth", "10Mbit"],
    ["bandwidth", 10_000_000],
    ["bandwidth", "99999999gbit"],
    ["loss", "5"],
    ["duplicate", Number.NaN],
    ["corrupt", -0.1],
    ["reorder", 10],
  ])("is that with %s %s", (field, value) => {
    expect(shapeFaults({ [field]: value })).toHaveLength(1);
  });

  it("is not that with the longest latency, the least bandwidth and all packets lost", () => {
    expect(
      shapeFaults({ latency: "4294.967295s", bandwidth: "0.008kbit", loss: 100, reorder: 0 }),
    ).toEqual([]);
  });
});

describe("a sidecar that does not answer", () => {
  it("is named as what is missing, with the topic, the state and what it was to do", async () => {
    const { network, namespace } = await open();
    const sidecar = await fakeSidecar(namespace, { isSilent: true });
    const config = { default: { loss: 5 }, callbackState: "shaped" };
    const error = await failure(network.configureNetwork(config, { timeoutMs: 200 }));
    expect(error).toMatchObject({ code: "sidecar-silent", cause: { code: "timeout" } });
    expect(error.message.replaceAll(/network:[^']+/g, "network:HOST")).toMatchInlineSnapshot(
      `"the sidecar did not answer what was published on topic 'network:HOST' (state "shaped": 0 of 1 after 200 ms; has every instance come this far?); one that cannot apply a configuration says nothing, and serves the instance no more: see its log, and whether one runs on this machine. It was to apply {"default":{"loss":5},"callbackState":"shaped"}"`,
    );
    expect(sidecar.applied).toHaveLength(1);
  });

  it("is named when it has not prepared the network of all instances", async () => {
    const { network, namespace, lines } = await open({ TEST_INSTANCE_COUNT: "2" });
    await fakeSidecar(namespace, { instances: 1 });
    const error = await failure(network.waitNetworkInitialized({ timeoutMs: 200 }));
    expect(error.code).toBe("sidecar-silent");
    expect(error.message).toMatchInlineSnapshot(
      `"the sidecars have not prepared the network of all instances (state "network-initialized": 1 of 2 after 200 ms; has every instance come this far?); they signal once for each: have all instances started, and does a sidecar run beside each, as TEST_SIDECAR says?"`,
    );
    expect(lines.join("")).toContain("network initialisation failed");
  });

  it("is not blamed for a caller that gives up", async () => {
    const { network } = await open();
    const givingUp = new AbortController();
    const waiting = network.configureNetwork({}, { signal: givingUp.signal });
    const reason = new Error("enough");
    givingUp.abort(reason);
    expect(await failure(waiting)).toBe(reason);
  });
});

describe("a run without a sidecar", () => {
  it("refuses to configure the network, in so many words", async () => {
    const { network } = await open({ TEST_SIDECAR: "false" });
    const error = await failure(network.configureNetwork({ default: { loss: 5 } }));
    expect(error.code).toBe("no-sidecar");
    expect(error.message).toMatchInlineSnapshot(
      `"the network cannot be configured, as this run has no sidecar (TEST_SIDECAR is not true): run the plan where there is one, with Testground's local:docker or cluster:k8s, or do not shape the network where there is none"`,
    );
  });

  it("passes over it with a line in the log where the caller says so", async () => {
    const { network, namespace, lines } = await open({ TEST_SIDECAR: "false" });
    await network.configureNetwork({}, { withoutSidecar: "ignore" });
    expect(lines.join("")).toContain("network not configured: this run has no sidecar");
    expect(await namespace.counters.read({ kind: "state", name: "network-initialized" })).toBe(0);
  });

  it("still finds what is wrong with a configuration", async () => {
    const { network } = await open({ TEST_SIDECAR: "false" });
    const error = await failure(
      network.configureNetwork({ default: { loss: 500 } }, { withoutSidecar: "ignore" }),
    );
    expect(error.code).toBe("bad-network");
  });

  it("has the loopback address", async () => {
    const { network } = await open({ TEST_SIDECAR: "false" });
    expect(network.getDataNetworkIP()).toBe("127.0.0.1");
  });
});

describe("the data network's address", () => {
  it("is that of the interface within the subnet", async () => {
    const [own] = Object.values(networkInterfaces())
      .flatMap((each = []) => each)
      .filter(({ family, internal }) => family === "IPv4" && !internal);
    const address = own?.address ?? "127.0.0.1";
    const { network } = await open({ TEST_SUBNET: `${address}/32` });
    expect(network.getDataNetworkIP()).toBe(address);
  });

  it("is missed with the subnet and what there is instead", async () => {
    const { network } = await open({ TEST_SUBNET: "203.0.113.0/24" });
    const get = (): string => network.getDataNetworkIP();
    expect(get).toThrow(/no interface has an IPv4 address in the data network, which is 203\.0/);
    expect(get).toThrow("127.0.0.1");
  });

  it("cannot be told without a subnet", async () => {
    const { network } = await open({ TEST_SUBNET: "" });
    expect(() => network.getDataNetworkIP()).toThrow("TEST_SUBNET is not set");
  });
});

describe("a test case", () => {
  it("has the network at hand once the sidecar has prepared it", async () => {
    const environment = testEnvironment({ TEST_SIDECAR: "true" });
    const store = await openStore("memory:");
    onTestFinished(() => store.close());
    const { TEST_RUN: run = "", TEST_PLAN: plan = "" } = environment;
    const namespace = await store.open({ run, plan, case: "meet" });
    const sidecar = await fakeSidecar(namespace);
    const { write } = lineCollector();
    const meet: TestCaseFunction = (_, { network }) =>
      network.configureNetwork({ default: { latency: "20ms" } });
    expect(await runInstance({ meet }, { environment, namespace, write })).toEqual({ type: "ok" });
    expect(sidecar.applied[0]?.default.latency).toBe(20_000_000);
  });
});
