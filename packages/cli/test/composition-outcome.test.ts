import { describe, expect, test } from "vitest";
import { isSdkLine, StdoutOutcome } from "../src/run/stdout-outcome.ts";

function outcomeOf(...lines: readonly string[]): unknown {
  const outcome = new StdoutOutcome();
  for (const line of lines) outcome.note(line);
  return outcome.end("exited with code 0");
}

const event = (body: unknown): string =>
  `{"ts":1588769459341303000,"msg":"","group_id":"g","run_id":"r","event":${JSON.stringify(body)}}`;
const success = event({ success_event: { group: "g" } });
const failure = event({ failure_event: { group: "g", error: "boom" } });

describe("the outcome of a program that is an instance", () => {
  test("is what its events say", () => {
    expect(outcomeOf(event({ message_event: { message: "hi" } }), success)).toEqual({ type: "ok" });
    expect(outcomeOf(failure)).toEqual({ type: "failed", error: "boom" });
    const crash = event({ crash_event: { group: "g", error: "nil", stacktrace: "at x" } });
    expect(outcomeOf(crash)).toEqual({ type: "crashed", error: "nil" });
  });

  test("is understood in the words of SDKs until v0.2.5, too", () => {
    const finish = (fields: object): string => event({ type: "finish", ...fields });
    expect(outcomeOf(finish({ outcome: "ok" }))).toEqual({ type: "ok" });
    expect(outcomeOf(finish({ outcome: "failed", error: "x" }))).toEqual({
      type: "failed",
      error: "x",
    });
    expect(outcomeOf(finish({ outcome: "crashed", error: "y", stacktrace: "z" }))).toEqual({
      type: "crashed",
      error: "y",
    });
  });

  test("is a failure if there was one, before or after a success", () => {
    expect(outcomeOf(success, failure)).toMatchObject({ type: "failed" });
    expect(outcomeOf(failure, success)).toMatchObject({ type: "failed" });
    const both = event({ success_event: {}, type: "finish", outcome: "failed" });
    expect(outcomeOf(both)).toEqual({ type: "ok" });
  });

  test("is a crash without any", () => {
    const noise = [
      "",
      "text",
      "{",
      "[]",
      '{"event":null}',
      '{"event":{}}',
      '{"event":"success_event"}',
    ];
    expect(outcomeOf(...noise)).toEqual({
      type: "crashed",
      error: "it exited with code 0 without an event of its outcome",
    });
  });

  test("stands in lines that are not for people, of any SDK", () => {
    const winston =
      '{"event":{"success_event":{"group":"g"}},"group_id":"g","level":"info","ts":1}';
    expect([success, winston, "text", '{"mine":1}'].map(isSdkLine)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(outcomeOf(winston)).toEqual({ type: "ok" });
  });
});
