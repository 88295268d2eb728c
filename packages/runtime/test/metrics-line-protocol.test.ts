import { describe, expect, it } from "vitest";
import { influxInteger, influxLine } from "../src/metrics/line-protocol.ts";
import { taggedName } from "../src/metrics/metric-name.ts";

/** Splits where InfluxDB 1.8 does: at a mark that no backslash stands before. */
function splitAt(text: string, mark: string): string[] {
  const parts = [""];
  for (let i = 0; i < text.length; i++) {
    const isMark = text[i] === mark && text[i - 1] !== "\\";
    if (isMark) parts.push("");
    else parts.push((parts.pop() ?? "") + text[i]);
  }
  return parts;
}

const plain = (text: string): string => text.replace(/\\([,= ])/g, "$1");

interface Parsed {
  readonly measurement: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly rest: readonly string[];
}

function parse(line: string): Parsed {
  const [key = "", ...rest] = splitAt(line, " ");
  const [measurement = "", ...tags] = splitAt(key, ",");
  return {
    measurement: measurement.replace(/\\([, ="])/g, "$1"),
    tags: tags.map((tag) => {
      const [name = "", value = "", ...more] = splitAt(tag, "=");
      expect(more).toEqual([]);
      return [plain(name), plain(value)];
    }),
    rest,
  };
}

const ALPHABET = [
  "a",
  "B",
  "0",
  ",",
  "=",
  " ",
  "\\",
  '"',
  "#",
  "é",
  "😀",
  "\n",
  "\t",
  "'",
  ".",
  "-",
];

/** Texts of up to ten characters, many of them awkward ones; the same on every run. */
function* texts(count: number): Generator<string> {
  let state = 42;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let i = 0; i < count; i++) {
    const size = 1 + draw(10);
    yield Array.from({ length: size }, () => ALPHABET[draw(ALPHABET.length)]).join("");
  }
}

/** What the protocol cannot say is replaced. */
const sayable = (text: string): string => text.replace(/[\n\t]/g, "_").replace(/\\$/, "_");

describe("a line of the line protocol", () => {
  it("has its tags in order and its time at the end", () => {
    const tags = new Map([
      ["run", "r"],
      ["group_id", "g"],
      ["empty", ""],
    ]);
    const fields = { count: influxInteger(3), mean: 0.5, big: 1e21 };
    expect(influxLine({ measurement: "m", tags, fields, ts: "17" })).toBe(
      "m,group_id=g,run=r count=3i,mean=0.5,big=1e+21 17",
    );
    expect(influxLine({ measurement: "m", tags: new Map(), fields: { n: 1 } })).toBe("m n=1");
  });

  it("is read back as it was meant, whatever is in its names", () => {
    const all = texts(3_000);
    for (let i = 0; i < 1_000; i++) {
      const [measurement = "", name = "", value = ""] = [...take(all, 3)];
      const tags = new Map([[name, value]]);
      const line = influxLine({ measurement, tags, fields: { v: 1 }, ts: "9" });
      expect(line).not.toMatch(/\p{Cc}/u);
      expect(parse(line)).toEqual({
        measurement: sayable(measurement),
        tags: [[sayable(name), sayable(value)]],
        rest: ["v=1", "9"],
      });
    }
  });
});

function* take(source: Iterator<string>, count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield String(source.next().value);
}

describe("a metric's name", () => {
  it("carries tags after commas, the last of a key counting", () => {
    const { name, tags, invalid } = taggedName("rtt,peer=3,via=a b,peer=4");
    expect([name, [...tags], invalid]).toEqual([
      "rtt",
      [
        ["peer", "4"],
        ["via", "a b"],
      ],
      [],
    ]);
  });

  it("tells what stands where a tag should", () => {
    const { name, tags, invalid } = taggedName("rtt,x,a=b=c,=v,k=,,time=1,ok=1");
    expect([name, [...tags.keys()]]).toEqual(["rtt", ["ok"]]);
    expect(invalid).toEqual(["x", "a=b=c", "=v", "k=", "", "time=1"]);
  });
});
