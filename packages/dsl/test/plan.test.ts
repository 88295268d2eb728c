import { choreography, cleanName, DefinitionError, one, plan, testcase } from "@groundplan/dsl";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const raw = testcase(async () => undefined);

function complaint(name: string, cases: Readonly<Record<string, unknown>>): string {
  try {
    plan(name, cases as Parameters<typeof plan>[1]);
  } catch (error) {
    if (error instanceof DefinitionError) return `${error.code}: ${error.message}`;
  }
  return "nothing";
}

describe("a plan", () => {
  it("holds its cases, and cannot be changed", () => {
    const met = choreography({ roles: { all: one() } }, (c) => c.barrier("met"));
    const coordination = plan("coordination", { raw, met });
    expect(coordination).toEqual({ type: "plan", name: "coordination", cases: { raw, met } });
    expect(Object.isFrozen(coordination) && Object.isFrozen(coordination.cases)).toBe(true);
  });

  it("is selected by the name that Testground makes of it", () => {
    expect(cleanName("sync/barrier/deep")).toBe("sync-barrier-deep");
    expect(complaint("network/ping", { "a/b": raw })).toBe("nothing");
  });

  it.each(["", " ", "a|b", "a=b", "a\nb", "\u0007"])("is not named %j, nor its cases", (name) => {
    expect(complaint(name, { raw })).toBe(
      `bad-name: a plan is named ${JSON.stringify(name)}: a name is not empty and has no '|', '=' ` +
        "or control characters",
    );
    expect(complaint("p", { [name]: raw })).toContain(
      `bad-name: a test case is named ${JSON.stringify(name)}: `,
    );
  });

  it("has cases, of the two kinds, with names that stay apart", () => {
    expect(
      [
        complaint("p", {}),
        complaint("p", { run: () => undefined }),
        complaint("p", { none: null }),
        complaint("p", { "a/b": raw, "a-b": raw }),
      ].join("\n"),
    ).toMatchInlineSnapshot(`
      "bad-case: plan 'p' has no test cases; give it one
      bad-case: test case 'run' is a function: make it with choreography() or testcase()
      bad-case: test case 'none' is null: make it with choreography() or testcase()
      duplicate-name: test cases 'a/b' and 'a-b' are both 'a-b' to Testground; rename one"
    `);
  });
});

describe("a raw test case", () => {
  it("keeps its function and its options, five minutes unless given", () => {
    const params = z.object({ n: z.number().default(1) });
    const run = async (): Promise<void> => undefined;
    const timed = testcase(run, {
      description: "d",
      params,
      instances: { min: 2 },
      timeout: "10s",
    });
    expect(timed.run).toBe(run);
    expect(timed.options).toEqual({
      description: "d",
      params,
      instances: { min: 2 },
      timeoutMs: 10_000,
    });
    expect(raw.options).toEqual({ timeoutMs: 300_000 });
  });
});
