import { parseRunParams, RuntimeError } from "@groundplan/runtime";
import { describe, expect, it } from "vitest";
import { testEnvironment } from "./environment.ts";

describe("parseRunParams", () => {
  it("reads every field of the contract", () => {
    const params = parseRunParams(
      testEnvironment({
        TEST_RUN: "c7fjstge5te621cen4i0",
        TEST_INSTANCE_COUNT: "12",
        TEST_GROUP_ID: "miners",
        TEST_GROUP_INSTANCE_COUNT: "5",
        TEST_INSTANCE_PARAMS: "a=1|b=two",
        TEST_INSTANCE_ROLE: "leader",
        TEST_OUTPUTS_PATH: "/outputs",
        TEST_TEMP_PATH: "/temp",
        TEST_SIDECAR: "true",
        TEST_SUBNET: "16.0.7.9/16",
        TEST_CAPTURE_PROFILES: "cpu=true|heap=5s",
        TEST_DISABLE_METRICS: "1",
        TEST_REPO: "r",
        TEST_COMMIT: "c0ffee",
        TEST_BRANCH: "b",
        TEST_TAG: "t",
        GROUNDPLAN_ORDINAL: "0",
      }),
    );
    expect(params).toStrictEqual({
      plan: "demo",
      case: "meet",
      run: "c7fjstge5te621cen4i0",
      repo: "r",
      commit: "c0ffee",
      branch: "b",
      tag: "t",
      outputsPath: "/outputs",
      tempPath: "/temp",
      instances: 12,
      role: "leader",
      params: { a: "1", b: "two" },
      group: "miners",
      groupInstances: 5,
      sidecar: true,
      subnet: "16.0.0.0/16",
      startTime: new Date("2022-01-12T20:48:07Z"),
      captureProfiles: { cpu: "true", heap: "5s" },
      disableMetrics: true,
      ordinal: 0,
    });
  });

  it("asks for nothing but a test case of an instance that is alone", () => {
    const { run, ...params } = parseRunParams({ TEST_CASE: "meet" });
    expect(run).toMatch(/^[0-9a-f]{20}$/);
    expect(params).toMatchInlineSnapshot(`
      {
        "branch": "",
        "captureProfiles": {},
        "case": "meet",
        "disableMetrics": false,
        "group": "single",
        "groupInstances": 1,
        "instances": 1,
        "ordinal": undefined,
        "outputsPath": "",
        "params": {},
        "plan": "unnamed",
        "repo": "",
        "role": "",
        "sidecar": false,
        "startTime": undefined,
        "subnet": undefined,
        "tag": "",
        "tempPath": "",
      }
    `);
  });

  it("takes a group to be the whole run where its size is not given", () => {
    const { groupInstances } = parseRunParams({
      TEST_CASE: "c",
      TEST_RUN: "r",
      TEST_INSTANCE_COUNT: "7",
    });
    expect(groupInstances).toBe(7);
  });

  it("reports all faults at once, each with what was found and what was expected", () => {
    const parse = (): unknown =>
      parseRunParams({
        TEST_INSTANCE_COUNT: "ten",
        TEST_GROUP_INSTANCE_COUNT: "0",
        TEST_SIDECAR: "maybe",
        TEST_SUBNET: "10.0.0.0",
        TEST_START_TIME: "yesterday",
        TEST_DISABLE_METRICS: "no",
        GROUNDPLAN_ORDINAL: "-1",
      });
    expect(parse).toThrow(RuntimeError);
    expect(parse).toThrow(expect.objectContaining({ code: "bad-environment" }));
    expect(parse).toThrowErrorMatchingInlineSnapshot(`
      [RuntimeError: the environment is not usable:
        TEST_INSTANCE_COUNT is "ten"; expected a whole number from 1 up
        TEST_GROUP_INSTANCE_COUNT is "0"; expected a whole number from 1 up
        TEST_SIDECAR is "maybe"; expected true or false
        TEST_SUBNET is "10.0.0.0"; expected a network such as 10.1.0.0/16
        TEST_START_TIME is "yesterday"; expected a time such as 2022-01-12T15:48:07-05:00
        TEST_DISABLE_METRICS is "no"; expected true or false
        GROUNDPLAN_ORDINAL is "-1"; expected a whole number from 0 up
        TEST_CASE is missing; expected the name of the test case to perform]
    `);
  });

  it("wants a run id where several instances are to meet", () => {
    expect(() =>
      parseRunParams({ TEST_CASE: "c", TEST_INSTANCE_COUNT: "3" }),
    ).toThrowErrorMatchingInlineSnapshot(`
      [RuntimeError: the environment is not usable:
        TEST_RUN is missing; expected the id that all 3 instances of the run share]
    `);
  });

  it.each(["1", "t", "T", "TRUE", "true", "True"])(
    "reads %s as true, as Go does",
    (TEST_SIDECAR) => {
      expect(parseRunParams(testEnvironment({ TEST_SIDECAR })).sidecar).toBe(true);
    },
  );

  it.each(["0", "f", "F", "FALSE", "false", "False", ""])(
    "reads '%s' as false, as Go does",
    (TEST_SIDECAR) => {
      expect(parseRunParams(testEnvironment({ TEST_SIDECAR })).sidecar).toBe(false);
    },
  );

  it.each(["+5", "005"])("reads %s as a count, as Go does", (TEST_INSTANCE_COUNT) => {
    expect(parseRunParams(testEnvironment({ TEST_INSTANCE_COUNT })).instances).toBe(5);
  });

  it("takes Go's zero time for no start time", () => {
    const TEST_START_TIME = "0001-01-01T00:00:00Z";
    expect(parseRunParams(testEnvironment({ TEST_START_TIME })).startTime).toBeUndefined();
  });

  it.each([
    ["10.32.17.4/12", "10.32.0.0/12"],
    ["255.255.255.255/0", "0.0.0.0/0"],
    ["192.168.1.1/32", "192.168.1.1/32"],
    ["2001:DB8::ffff:1/64", "2001:db8::/64"],
    ["fd00:1:2:3:4:5:6:7/120", "fd00:1:2:3:4:5:6:0/120"],
    ["::1/128", "::1/128"],
  ])("clears the host bits of %s", (TEST_SUBNET, expected) => {
    expect(parseRunParams(testEnvironment({ TEST_SUBNET })).subnet).toBe(expected);
  });

  it.each(["10.0.0.0/33", "10.0.0/8", "fe80::1%eth0/64", "::1/129", "/8", "10.0.0.0/"])(
    "refuses %s as a subnet",
    (TEST_SUBNET) => {
      expect(() => parseRunParams(testEnvironment({ TEST_SUBNET }))).toThrow(/TEST_SUBNET is/);
    },
  );
});
