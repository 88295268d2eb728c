import { type Choreography, choreography, plan, rest, testcase } from "@groundplan/dsl";
import { type CheckOptions, check, type Diagnostic } from "@groundplan/dsl/tools";
import { describe, expect, it } from "vitest";
import { everything, mixed, shaped as shapedExample } from "./example-plans.ts";
import * as plans from "./troubled-plans.ts";

const FILE = "packages/dsl/test/tools/troubled-plans.ts";

function found(
  choreography: Choreography<never>,
  options: CheckOptions = {},
): readonly Diagnostic[] {
  return check(plan("plan", { case: choreography }), { files: [FILE], ...options });
}

function codes(choreography: Choreography<never>, options?: CheckOptions): readonly string[] {
  return found(choreography, options).map(({ code, level }) => `${level} ${code}`);
}

/** What is said, and where, with the file in short. */
function text(choreography: Choreography<never>, options?: CheckOptions): string {
  return found(choreography, options)
    .map(({ source = "-", code, text }) => `${source} ${code} ${text}`)
    .join("\n")
    .replaceAll(FILE, "plan.ts");
}

describe("check() of a plan", () => {
  it("has nothing to say of a sound one, whatever the circumstances [C71]", () => {
    expect(found(plans.sound)).toEqual([]);
    expect(found(plans.sound, { instances: 10, store: "testground", sidecar: false })).toEqual([]);
    expect(found(plans.sound, { groups: { a: 3, b: 4 }, sidecar: true })).toEqual([]);
  });

  it("covers every kind of stage, and finds only the values that are not used", () => {
    expect(text(everything)).toMatchInlineSnapshot(`
      "packages/dsl/test/tools/example-plans.ts:27:7 GP101 what the body of 'mesh' returns is never used; name it among the needs of a body, or leave it out
      packages/dsl/test/tools/example-plans.ts:43:13 GP102 the values that 'if-enough/then/twice/again' collects are never read; read them in a body, or use barrier() if it is only to wait, or leave it out"
    `);
    expect(codes(mixed)).toEqual([]);
    expect(codes(shapedExample, { sidecar: true })).toEqual([]);
  });

  it("warns of values and signals that nobody uses (GP101) [C71]", () => {
    expect(text(plans.unusedValue)).toMatchInlineSnapshot(`
      "plan.ts:36:5 GP101 what the body of 'number' returns is never used; name it among the needs of a body, or leave it out
      plan.ts:37:5 GP101 nobody waits for signal 'unheard'; add waitFor(), or leave it out"
    `);
  });

  it("warns of what is gathered and never read (GP102) [C71]", () => {
    expect(text(plans.unreadGather)).toMatchInlineSnapshot(
      `"plan.ts:42:5 GP102 the values that 'names' collects are never read; read them in a body, or use barrier() if it is only to wait, or leave it out"`,
    );
  });

  it("warns of a role that nobody has with the instances there are (GP103) [C71]", () => {
    expect(text(plans.mayBeEmpty, { instances: 5 })).toMatchInlineSnapshot(
      `"- GP103 role 'attacker' has nobody with 5 instances, so that nobody runs 'attack'; start more, or accept it"`,
    );
    expect(codes(plans.mayBeEmpty, { groups: { attackers: 1, others: 5 } })).toEqual([]);
  });

  it("refuses instances that the roles do not fit (GP104) [C71]", () => {
    expect(text(plans.byGroupAndParams, { instances: 8 })).toMatchInlineSnapshot(
      `"- GP104 role 'heavy' needs at least 1 with kind = "heavy", but there are none"`,
    );
    const groups = { a: 3, b: 5 };
    const groupParams = { a: { kind: "heavy" } };
    expect(codes(plans.byGroupAndParams, { groups, groupParams })).toEqual([]);
    expect(codes(plans.byGroupAndParams)).toEqual([]);
  });

  it("refuses fewer instances than the case needs, and more than it takes (GP105) [C71]", () => {
    expect(text(plans.needsMany, { instances: 5 })).toMatchInlineSnapshot(
      `"- GP105 the case needs at least 7 instances for its roles (first, second), and there are 5; run it with a number that it takes"`,
    );
    expect(text(plans.needsMany, { instances: 8 })).toMatchInlineSnapshot(
      `"- GP105 the case takes at most 7 instances, and there are 8; run it with a number that it takes"`,
    );
    expect(codes(plans.needsMany, { instances: 7 })).toEqual([]);
  });

  it("warns of values that are sent without a schema (GP201) [C71]", () => {
    expect(text(plans.noSchema)).toMatchInlineSnapshot(`
      "plan.ts:72:19 GP201 the value of exchange 'names' has no schema: nothing checks what is sent and what arrives; give it one with { schema }
      plan.ts:73:21 GP201 the value of exchange 'topical', which others may publish on topic 'names' too, has no schema: nothing checks what is sent and what arrives; give it one with { schema }"
    `);
  });

  it("warns of values that may be too large for the store (GP202) [C71]", () => {
    expect(text(plans.largeValue)).toMatchInlineSnapshot(
      `"plan.ts:79:18 GP202 a value of broadcast 'sent' may take up to 2.0 MB, and redis takes 1.0 MB at most; send less, or where to fetch it"`,
    );
  });

  it("measures the lists of rounds by the store's limit (GP202) [C71]", () => {
    expect(codes(plans.longList, { store: "redis" })).toEqual([]);
    expect(text(plans.longList, { store: "testground" })).toMatchInlineSnapshot(
      `"plan.ts:190:17 GP202 a value of gather 'rtts' may take up to 125 kB, and testground takes 31 kB at most; send less, or where to fetch it"`,
    );
  });

  it("warns of more messages than ten million (GP203) [C71]", () => {
    expect(text(plans.manyMessages, { instances: 1_000 })).toMatchInlineSnapshot(
      `"- GP203 a run of 1,000 instances takes some 101,104,000 messages on redis, 100,100,000 of them in 'talk/names'; gather() at one role what not everybody needs, or run fewer rounds"`,
    );
    expect(codes(plans.manyMessages, { instances: 100 })).toEqual([]);
    expect(codes(plans.manyMessages, { instances: 1_000, processes: 4 })).toEqual([]);
  });

  it("refuses shaping where there is no sidecar, and warns where nobody says so (GP301) [C71]", () => {
    expect(text(plans.shaped, { sidecar: false })).toMatchInlineSnapshot(
      `"plan.ts:92:5 GP301 shape 'slow' needs a sidecar, which shapes the network, and there is none; run the plan with Testground's local:docker or cluster:k8s, or leave it out"`,
    );
    expect(codes(plans.shaped, { sidecar: false })).toEqual(["error GP301"]);
    expect(codes(plans.shaped)).toEqual(["warning GP301"]);
    expect(codes(plans.shapedPerhaps, { sidecar: false })).toEqual(["warning GP301"]);
    expect(codes(plans.shaped, { sidecar: true })).toEqual([]);
  });

  it("warns of a run that may be over before its stages are (GP302) [C71]", () => {
    expect(text(plans.shortRun)).toMatchInlineSnapshot(
      `"plan.ts:103:7 GP302 the timeouts of its stages add up to 150 s ('dial/peers' 150 s), but the run ends after 2 min; give the case a longer timeout, or its stages shorter ones"`,
    );
    expect(codes(plans.sound)).toEqual([]);
  });

  it("warns of bodies that nothing ends for hours (GP303) [C71]", () => {
    expect(text(plans.endless)).toMatchInlineSnapshot(
      `"plan.ts:108:5 GP303 the body of 'work' has no timeout, and the run's is 6 h: if it hangs, the run does for that long; give the stage a timeout"`,
    );
  });

  it("counts the uses of me.sync, in functions that bodies call too (GP401) [C71]", () => {
    expect(text(plans.usesSync)).toMatchInlineSnapshot(
      `"plan.ts:113:11 GP401 me.sync is used 2 times here: what is coordinated with it is outside the guarantees of the choreography; use a stage where one does it"`,
    );
  });

  it("finds what differs between instances in a definition, but not in bodies (GP402) [C71]", () => {
    expect(text(plans.ambient)).toMatchInlineSnapshot(`
      "plan.ts:123:19 GP402 Date.now in the definition may differ from instance to instance, and all must declare the same stages; make it a parameter, or use it in a body
      plan.ts:125:7 GP402 process.env in the definition may differ from instance to instance, and all must declare the same stages; make it a parameter, or use it in a body
      plan.ts:127:37 GP402 Math.random in the definition may differ from instance to instance, and all must declare the same stages; make it a parameter, or use it in a body
      plan.ts:132:10 GP402 hostname in the definition may differ from instance to instance, and all must declare the same stages; make it a parameter, or use it in a body"
    `);
    expect(codes(plans.noCondition)).toEqual([]);
  });

  it("finds it in folds and topologies too, which must give all the same (GP402) [C71]", () => {
    expect(text(plans.ambientFold)).toMatchInlineSnapshot(`
      "plan.ts:203:73 GP402 Math.random in the definition may differ from instance to instance, and all must declare the same stages; make it a parameter, or use it in a body
      plan.ts:209:39 GP402 Date.now in the definition may differ from instance to instance, and all must declare the same stages; make it a parameter, or use it in a body"
    `);
  });

  it("finds it once in a fragment that is called, and lets a plan ask whether a branch gives anything (GP402) [C71]", () => {
    expect(text(plans.ambientFragment)).toMatchInlineSnapshot(
      `"plan.ts:228:18 GP402 new Date() in the definition may differ from instance to instance, and all must declare the same stages; make it a parameter, or use it in a body"`,
    );
  });

  it("finds handles that are used as conditions, and not values of the same name (GP403) [C71]", () => {
    expect(text(plans.condition)).toMatchInlineSnapshot(`
      "plan.ts:137:20 GP101 the value that 'agreed' sends is never used; name it among the needs of a body, or leave it out
      plan.ts:138:7 GP403 slow stands for a value that is not there yet, so that this always decides alike; use branch() or repeat()
      plan.ts:139:20 GP403 agreed stands for a value that is not there yet, so that this always decides alike; use branch() or repeat()
      plan.ts:140:10 GP403 agreed stands for a value that is not there yet, so that this always decides alike; use branch() or repeat()"
    `);
    expect(text(plans.compared)).toMatchInlineSnapshot(
      `"plan.ts:197:7 GP403 what stage 'slow' returns is used as a value in the definition; name it among the needs of a body to read its value there"`,
    );
    expect(codes(plans.noCondition)).toEqual([]);
  });

  it("reports a name that is there twice (GP501) [C71]", () => {
    expect(text(plans.twice)).toMatchInlineSnapshot(
      `"plan.ts:169 GP501 stage 'up' is declared twice, first at plan.ts:168 and again at plan.ts:169; give one of them another name"`,
    );
  });

  it("reports a wire name that is Testground's own (GP502) [C71]", () => {
    expect(text(plans.reserved)).toMatchInlineSnapshot(
      `"plan.ts:173 GP502 stage 'up' (plan.ts:173): state "network-initialized" is one that Testground uses itself; choose another"`,
    );
    expect(codes(mixed)).toEqual([]);
  });

  it("reports whatever else declaring the stages throws (GP001) [C71]", () => {
    expect(text(plans.throws)).toMatchInlineSnapshot(
      `"plan.ts:178:22 GP001 declaring the stages failed: sizes.missing is not iterable; a definition declares stages, and does no work"`,
    );
    expect(text(plans.noDefault)).toMatchInlineSnapshot(
      `"- GP001 no value for parameter 'rounds': give one, or a default in the schema"`,
    );
    expect(codes(plans.noDefault, { params: { rounds: 2 } })).toEqual([]);
  });

  it("reports groups whose own parameters change the stages (GP001) [C71]", () => {
    const groups = { a: 2, b: 2 };
    const options = { groups, params: { rounds: 2 } };
    expect(
      text(plans.noDefault, { ...options, groupParams: { b: { rounds: 3 } } }),
    ).toMatchInlineSnapshot(
      `"- GP001 with its own parameters group 'b' would run a different plan: first difference at stage 1 'again' (rounds with times 3, here 2); give parameters that decide the stages to all groups"`,
    );
    expect(codes(plans.noDefault, { ...options, groupParams: { b: { rounds: 2 } } })).toEqual([]);
  });
});

describe("check() of a plan with several cases", () => {
  const several = plan("several", {
    raw: testcase(async () => {}, { instances: { min: 3 } }),
    twice: plans.twice,
    unused: plans.unusedValue,
    first: choreography({ roles: { node: rest() } }, (c) => c.barrier("up")),
  });

  it("says of each which it is, in the order of the source", () => {
    const diagnostics = check(several, { instances: 2 });
    expect(diagnostics.map(({ case: name, code }) => `${name} ${code}`)).toEqual([
      "raw GP105",
      "unused GP101",
      "unused GP101",
      "twice GP501",
    ]);
  });

  it("checks one of them if it is asked to", () => {
    expect(check(several, { instances: 2, case: "first" })).toEqual([]);
    expect(check(several, { instances: 3, case: "raw" })).toEqual([]);
  });
});
