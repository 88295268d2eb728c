import { describe, expect, test } from "vitest";
import { startRun, ts, watch } from "./instances.ts";
import { hasGo, places } from "./places.ts";

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

const shaped = {
  latency: 200_000_000,
  jitter: 1_500_000,
  bandwidth: 10_000_000,
  filter: 0,
  loss: 0.5,
  corrupt: 1,
  corrupt_corr: 2,
  reorder: 3,
  reorder_corr: 4,
  duplicate: 5,
  duplicate_corr: 6,
};

describe.skipIf(!hasGo).each(Object.entries(places))("a sidecar in Go on %s", (_name, place) => {
  test("reads how an instance wants its network, and is heard when it has answered", async () => {
    const sidecar = { TEST_SIDECAR: "true", TEST_SUBNET: "16.0.0.0/16" };
    const meeting = { ...(await place.open()), ...sidecar };
    const run = startRun("shape", { ts: { command: ts, n: 1 } }, meeting);
    const [[ended], configs] = await Promise.all([run.ended, watch(place.sidecar, run)]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const state = expect.any(String);
    expect(configs).toEqual([
      {
        network: "default",
        IPv4: "16.0.1.5/16",
        IPv6: null,
        enable: true,
        default: shaped,
        rules: [{ ...unshaped, filter: 2, subnet: "16.0.2.0/24" }],
        callback_state: state,
        routing_policy: "allow_all",
      },
      {
        network: "default",
        IPv4: null,
        IPv6: null,
        enable: false,
        default: unshaped,
        rules: [],
        callback_state: state,
        routing_policy: "deny_all",
      },
    ]);
  });
});
