import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Ended, type Groups, js, startRun, ts, watch } from "./instances.ts";
import { countOutcomes, terminal } from "./outcomes.ts";
import { hasGo, places } from "./places.ts";

const Greeting = z.object({
  from: z.string(),
  after: z.literal(1_500_000_000),
  data: z.literal("AAH+/w=="),
  at: z.literal("2026-01-12T15:48:07.123Z"),
  tags: z.object({ text: z.literal("<é> & \u2028") }),
});
const Seen = z.object({
  name: z.string(),
  met: z.int(),
  addressSeq: z.int(),
  addresses: z.array(z.string()),
  greetings: z.array(Greeting),
  barriers: z.object({
    zero: z.literal(""),
    beyond: z.literal(""),
    cancelled: z.string().min(1).optional(),
    late: z.string().min(1).optional(),
  }),
});

const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => i + 1);

/** What each instance claimed, from the message that every SDK writes. */
function claims(ended: readonly Ended[], group?: string): readonly number[] {
  const pattern = group === undefined ? /global=(\d+)/ : /group\(.*\)=(\d+)/;
  return ended
    .filter((one) => group === undefined || one.group === group)
    .map(({ events }) => Number(pattern.exec(JSON.stringify(events))?.[1]))
    .sort((a, b) => a - b);
}

function failures(ended: readonly Ended[]): readonly unknown[] {
  return ended
    .filter(({ code, events }) => code !== 0 || terminal(events)[0]?.[0] !== "success_event")
    .map(({ group, code, stderr, events }) => ({ group, code, stderr, end: events.at(-1) }));
}

/** What a watcher read one by one; the one of Redis reads all at once as well, in the end. */
const live = (watched: readonly unknown[]): readonly unknown[] =>
  watched.filter((value) => !Array.isArray(value));

describe.skipIf(!hasGo).each(Object.entries(places))("a mixed run on %s", (name, place) => {
  const isRedis = name === "Redis";
  const go = { command: [place.go], n: 2 } as const;
  const two: Groups = { go, ts: { command: ts, n: 2 } };
  const all: Groups = isRedis ? two : { ...two, js: { command: js, n: 2 } };
  const count = isRedis ? 4 : 6;

  test("meets: in sequence numbers, barriers, and topics that all read the same", async () => {
    const run = startRun("meet", all, await place.open());
    const [ended, watched] = await Promise.all([run.ended, watch(place.watcher, run)]);
    expect(failures(ended)).toEqual([]);
    expect(claims(ended)).toEqual(numbers(count));
    for (const group of Object.keys(all)) expect(claims(ended, group)).toEqual([1, 2]);

    const seen = ended.map((one) => Seen.parse(one.seen));
    expect(seen.map(({ met }) => met).sort()).toEqual(numbers(count));
    const { addresses, greetings } = Seen.parse(ended[0]?.seen);
    expect([...addresses].sort()).toEqual(seen.map(({ name }) => name).sort());
    expect(greetings.map(({ from }) => from).sort()).toEqual([...addresses].sort());
    for (const one of seen) {
      // The number of a publish is its place, and the order is everybody's; of late readers, too.
      expect(one.addresses).toEqual(addresses);
      expect(addresses[one.addressSeq - 1]).toBe(one.name);
      expect(one.greetings).toEqual(greetings);
    }
    const other = seen.filter((one) => !one.name.startsWith("js"));
    for (const { barriers } of other) {
      expect(barriers).toMatchObject({ cancelled: expect.any(String), late: expect.any(String) });
    }

    const groups = Object.keys(all).map((group) => [group, "2/2"]);
    const events = live(watched);
    expect(countOutcomes(events)).toEqual(Object.fromEntries(groups));
    // Redis: all that were read at once are those that were read as they came, and the collection of garbage took none.
    for (const all of watched.filter(Array.isArray)) expect(all).toEqual(events);
    const stages = events.flatMap((event) => Object.keys(Object(event)));
    expect(stages.filter((kind) => kind === "stage_end_event")).toHaveLength(4);
  });

  test("that fails is counted by Go's own types: no instance passed, and one event for each", async () => {
    const run = startRun("fail", two, await place.open());
    const [ended, watched] = await Promise.all([run.ended, watch(place.watcher, run)]);
    expect(countOutcomes(live(watched))).toEqual({ go: "0/2", ts: "0/2" });
    const own = ended.filter(({ group }) => group === "ts");
    expect(own.map(({ code }) => code)).toContain(1);
    expect(JSON.stringify(watched)).toContain('{"failure_event":{"group":"ts","error":"boom"}}');
  });

  test("that crashes is counted as failed, with the error and its stack", async () => {
    // Go's SDK tells a crash twice, and would be counted for others.
    const run = startRun("crash", { ts: { command: ts, n: 2 } }, await place.open());
    const [ended, watched] = await Promise.all([run.ended, watch(place.watcher, run)]);
    expect(ended.map(({ code }) => code)).toContain(2);
    expect(countOutcomes(live(watched))).toEqual({ ts: "0/2" });
    expect(live(watched)).toContainEqual({
      crash_event: {
        group: "ts",
        error: "boom",
        stacktrace: expect.stringContaining("Error: boom"),
      },
    });
  });

  test("goes on without an instance that was killed in mid-barrier, whose signal stays counted", async () => {
    const run = startRun("outlive", two, await place.open());
    const waiting = run.instances.filter(({ group }) => group === "go");
    const killed = await Promise.race(
      waiting.map(async (instance) => {
        await instance.said("waiting");
        return instance;
      }),
    );
    killed.process.kill("SIGKILL");
    const others = run.instances.filter((instance) => instance !== killed);
    expect(failures(await Promise.all(others.map(({ ended }) => ended)))).toEqual([]);
  });

  test("of a choreography with instances of Go outside it reads their addresses and values", async () => {
    const run = startRun("mixed", two, await place.open());
    const ended = await run.ended;
    expect(failures(ended)).toEqual([]);
    const own = ["ts-1", "ts-2"];
    const others = ["go-1", "go-2"];
    const addresses = z.array(z.string());
    for (const { group, seen, stdout } of ended) {
      if (group === "go") expect(addresses.parse(seen).sort()).toEqual([...others, ...own]);
      else {
        expect(stdout).toContain(
          `"own":["ts-1","ts-2"],"go":["go-1","go-2"],"config":[{"version":"1.2"},{"version":"1.2"}]`,
        );
      }
    }
  });
});

/** Those with frames that have a largest size, and with instances of JavaScript. */
const serviceOnly = Object.entries(places).filter(([name]) => name !== "Redis");

describe.skipIf(!hasGo).each(serviceOnly)("%s", (_name, place) => {
  test("carries the largest text to Go, and a larger one is refused to its publisher", async () => {
    const groups = { go: { command: [place.go], n: 1 }, ts: { command: ts, n: 1 } } as const;
    const ended = await startRun("large", groups, await place.open()).ended;
    expect(failures(ended)).toEqual([]);
    const [go, own] = ended.map(({ seen }) => seen);
    expect(go).toEqual([own]);
    expect(own).toBeGreaterThan(32_000);
  });

  test("answers a target that is not a number, as the SDK for JavaScript sends it, and stays connected", async () => {
    const groups = { js: { command: js, n: 1 } } as const;
    expect(failures(await startRun("nothing", groups, await place.open()).ended)).toEqual([]);
  });
});
