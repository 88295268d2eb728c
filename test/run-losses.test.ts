import { describe, expect, inject, test } from "vitest";
import { groundplan, type Running, scratch } from "./groundplan.ts";

const plan = "test/fixtures/churn.ts";

function start(hanging: number, ...args: string[]): Running {
  const params = ["-n", "4", "--param", `hanging=${hanging}`, "--out", scratch(), "--json"];
  return groundplan(["run", plan, "work", ...params, ...args]);
}

/** Kills an instance once it hangs in its work. */
async function kill(running: Running, id: number): Promise<void> {
  const [, pid] = await running.until(new RegExp(`#${id} hangs in process (\\d+)`));
  process.kill(Number(pid), "SIGKILL");
}

function resultOf(stdout: string): Record<string, unknown> {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

describe("an instance that its role can lose", () => {
  test.each(["embedded", "redis"])("dies, and the others go on without it (%s)", async (store) => {
    const running = start(1, "--sync", store === "redis" ? (inject("redisUrl") ?? "") : store);
    await kill(running, 2);
    const { code, stdout, stderr } = await running.finished;
    expect(stderr).toContain("#2 (peer) died in 'work': its process was killed by SIGKILL");
    expect(stderr).toContain("went on");
    expect(stderr).toMatch(/work +peer 2\/2/);
    expect(stderr).toMatch(/met +seed 1\/1 {2}peer 2\/2/);
    expect(stderr).toContain("single[1] lost: died: its process was killed by SIGKILL");
    expect(code).toBe(0);
    expect(resultOf(stdout)).toMatchObject({
      outcome: "success",
      outcomes: { single: { ok: 3, total: 4 } },
      failures: [],
      lost: [{ group: "single", ordinal: 1, id: 2, role: "peer", stage: "work", type: "died" }],
    });
  });

  test("is one too many when too few of its role are left", async () => {
    const running = start(2);
    await kill(running, 2);
    await running.until(/#2 \(peer\) died/);
    await kill(running, 3);
    const { code, stdout } = await running.finished;
    expect(code).toBe(1);
    expect(resultOf(stdout)).toMatchObject({
      outcome: "failure",
      cause: expect.stringContaining("role 'peer' has 1 of 3 instances left and needs 2"),
      lost: [],
    });
  });
});
