import { createServer } from "node:net";
import { runInNewContext } from "node:vm";
import { jsonFault, makeRoster } from "@groundplan/dsl";
import { describe, expect, it } from "vitest";

const inItself: { self?: unknown } = {};
inItself.self = { deep: [inItself] };

describe("a value to be sent", () => {
  it.each([
    ["text", "a"],
    ["a number", 1.5],
    ["null", null],
    ["nested lists and objects", [{ a: [1, { b: null }] }]],
    ["an absent property", { a: undefined, b: 1 }],
    ["an object twice, not in itself", [members(), members()]],
    ["an object without a prototype", Object.create(null)],
    ["an object of another realm", runInNewContext("({ a: [1] })")],
  ])("may be %s", (_what, value) => {
    expect(jsonFault(value)).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [undefined, "it is undefined"],
    [1n, "it is a bigint"],
    [Symbol("s"), "it is a symbol"],
    [() => 1, "it is a function"],
    [Number.NaN, "it is NaN"],
    [new Date(), "it is a Date"],
    [{ server: createServer() }, ".server is a Server"],
    [[1, [undefined]], "[1][0] is undefined"],
    [{ "a b": { c: [new Map()] } }, '["a b"].c[0] is a Map'],
    [{ rtt: [1, Number.POSITIVE_INFINITY] }, ".rtt[1] is Infinity"],
    [inItself, ".self.deep[0] is an object that contains itself"],
    [makeRoster([], new Map(), {}), "it is a Roster"],
  ])("is refused with its path: %o", (value, fault) => {
    expect(jsonFault(value)).toBe(fault);
  });
});

function members(): object {
  return shared;
}

const shared = { id: 1 };
