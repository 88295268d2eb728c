import { type Namespace, SyncError, type Versioned } from "@groundplan/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { take } from "./conformance.ts";
import type { Ground } from "./set-ups.ts";

/** Single values with versions, on one store seen from two processes. */
export function registerSuite({ pair }: Ground): void {
  const write = (id: string, ifVersion?: number) => ({ requestId: id, ifVersion });

  test("a register that was never written holds nothing, then each write is the next version", async () => {
    const [a, b] = await pair();
    expect(await a.registers.read("r")).toBeUndefined();
    expect(await a.registers.write("r", '"x"', write("1"))).toEqual({ version: 1 });
    expect(await b.registers.write("r", "null", write("2"))).toEqual({ version: 2 });
    expect(await a.registers.read("r")).toEqual({ json: "null", version: 2 });
  });

  test("a write over a version that is not in force is refused with what is [90]", async () => {
    const [a, b] = await pair();
    await a.registers.write("r", "1", write("1", 0));
    await b.registers.write("r", "2", write("2", 1));
    const stale = a.registers.write("r", "3", write("3", 1));
    await expect(stale).rejects.toMatchObject({
      name: "VersionConflictError",
      code: "conflict",
      version: 2,
      json: "2",
      message: expect.stringContaining('"r" was to be written over version 1'),
    });
    const early = a.registers.write("r", "3", write("4", 0));
    await expect(early).rejects.toMatchObject({ code: "conflict", version: 2 });
    expect(await b.registers.read("r")).toEqual({ json: "2", version: 2 });
  });

  test("a conditional write to a register that was never written fails [92]", async () => {
    const [a] = await pair();
    const write5 = a.registers.write("r", "1", write("1", 5));
    await expect(write5).rejects.toMatchObject({ code: "conflict", version: 0, json: undefined });
    expect(await a.registers.read("r")).toBeUndefined();
  });

  test("of concurrent writes over one version exactly one wins", async () => {
    const [a, b] = await pair();
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) =>
        (i % 2 ? a : b).registers.write("r", `${i}`, write(`w${i}`, 0)),
      ),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await a.registers.read("r"))?.version).toBe(1);
  });

  test("a write repeated with its request id gives its first answer and changes nothing", async () => {
    const [a, b] = await pair();
    await a.registers.write("r", "1", write("x", 0));
    await a.registers.write("r", "2", write("y"));
    expect(await b.registers.write("r", "1", write("x", 0))).toEqual({ version: 1 });
    expect(await b.registers.read("r")).toEqual({ json: "2", version: 2 });
    expect(await b.registers.add("n", 5, { requestId: "z" })).toBe(5);
    expect(await a.registers.add("n", 1, { requestId: "q" })).toBe(6);
    expect(await a.registers.add("n", 5, { requestId: "z" })).toBe(5);
    expect(await a.registers.read("n")).toEqual({ json: "6", version: 2 });
  });

  test("a refused write that arrives again late, when its version is in force, stays refused [129]", async () => {
    const [a, b] = await pair();
    const early = a.registers.write("r", '"late"', write("late", 1));
    await expect(early).rejects.toMatchObject({ code: "conflict" });
    await b.registers.write("r", "1", write("1"));
    const again = a.registers.write("r", '"late"', write("late", 1));
    await expect(again).rejects.toMatchObject({ code: "conflict", version: 1, json: "1" });
  });

  test("additions under contention are exact [92]", async () => {
    const [a, b] = await pair();
    const sums = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 ? a : b).registers.add("n", i - 20, { requestId: `${i}` }),
      ),
    );
    const total = (99 * 100) / 2 - 20 * 100;
    expect(sums).toContain(total);
    expect(await a.registers.read("n")).toEqual({ json: `${total}`, version: 100 });
  });

  test("sums are exact to 2^53 - 1, and beyond are refused and change nothing", async () => {
    const [a] = await pair();
    const most = Number.MAX_SAFE_INTEGER;
    expect(await a.registers.add("n", most, { requestId: "1" })).toBe(most);
    const over = a.registers.add("n", 1, { requestId: "2" });
    await expect(over).rejects.toMatchObject({ code: "range" });
    expect(await a.registers.add("n", -most, { requestId: "3" })).toBe(0);
    expect(await a.registers.add("n", -most, { requestId: "4" })).toBe(-most);
  });

  test("nothing can be added to what is not a whole number", async () => {
    const [a] = await pair();
    for (const [i, json] of ['"7"', "1.5", "1e3", "null", "[1]"].entries()) {
      await a.registers.write("r", json, write(`${i}`));
      const add = a.registers.add("r", 1, { requestId: `add${i}` });
      await expect(add, json).rejects.toMatchObject({ code: "mismatch" });
    }
  });

  test("names, versions, additions and sizes are checked", async () => {
    const [a] = await pair();
    const { registers } = a;
    const refused: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => registers.read(""), "range"],
      [() => registers.write("r", "1", write("1", -1)), "range"],
      [() => registers.write("r", "1", write("1", 0.5)), "range"],
      [() => registers.add("r", Number.NaN, { requestId: "1" }), "range"],
      [
        () => registers.write("r", JSON.stringify("x".repeat(1024 * 1024)), write("1")),
        "too-large",
      ],
      [() => take(registers.watch("r", { after: -1 }), 1), "range"],
    ];
    for (const [operation, code] of refused) {
      await expect(operation(), String(operation)).rejects.toMatchObject({ code });
    }
  });

  test("a watch gives what there is, then changes, and waits for the first write", async () => {
    const [a, b] = await pair();
    const fromStart = take(b.registers.watch("r"), 1);
    await a.registers.write("r", "1", write("1"));
    expect(await fromStart).toEqual([{ json: "1", version: 1 }]);
    const later = take(b.registers.watch("r"), 2);
    const after = take(b.registers.watch("r", { after: 1 }), 1);
    await new Promise(setImmediate);
    await a.registers.write("r", "2", write("2"));
    expect((await later).at(-1)).toEqual({ json: "2", version: 2 });
    expect(await after).toEqual([{ json: "2", version: 2 }]);
  });

  test("watchers converge to the last of many writes and never go backwards [90]", async () => {
    const [a, b] = await pair();
    const untilLast = async (versions: AsyncIterable<Versioned>): Promise<number[]> => {
      const seen: number[] = [];
      for await (const { version, json } of versions) {
        seen.push(version);
        if (json === '"end"') return seen;
      }
      return seen;
    };
    const watchers = Array.from({ length: 20 }, (_, i) =>
      untilLast((i % 2 ? a : b).registers.watch("r", { timeoutMs: 5_000 })),
    );
    for (let i = 0; i < 50; i++) await (i % 2 ? a : b).registers.write("r", `${i}`, write(`${i}`));
    await a.registers.write("r", '"end"', write("end"));
    for (const seen of await Promise.all(watchers)) {
      expect(seen).toEqual([...seen].sort((x, y) => x - y));
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.at(-1)).toBe(51);
    }
  });

  test("a watch ends by its caller's signal, by time, by leaving the loop, and with the namespace", async () => {
    const [a] = await pair();
    const stop = new AbortController();
    const stopped = take(a.registers.watch("r", { signal: stop.signal }), 1);
    stop.abort(new Error("enough"));
    await expect(stopped).rejects.toThrow("enough");
    const late = take(a.registers.watch("r", { timeoutMs: 30 }), 1);
    await expect(late).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringContaining('"r": no version after 0 within 30 ms'),
    });
    await a.registers.write("r", "1", write("1"));
    expect(await take(a.registers.watch("r"), 1)).toHaveLength(1);
    const closed = take(a.registers.watch("r", { after: 1 }), 1);
    const ended = expect(closed).rejects.toMatchObject({ code: "closed" });
    await a.close();
    await ended;
  });

  test("values keep their text, with every letter and number", async () => {
    const [a, b] = await pair();
    const texts = ['"é日本 <&>\\u2028"', "{}", "[]", "1e400", '{"b":1,"a":{"__proto__":1}}'];
    for (const [i, json] of texts.entries()) {
      await a.registers.write("r: {*}", json, write(`${i}`));
      expect((await b.registers.read("r: {*}"))?.json).toBe(json);
    }
  });

  test("a run that is dropped takes its registers along", async () => {
    const [a, b] = await pair();
    await a.registers.write("r", "1", write("1"));
    await a.drop();
    for (const { registers } of [a, b]) {
      const operations = [
        () => registers.read("r"),
        () => registers.write("r", "2", write("2")),
        () => registers.add("r", 1, { requestId: "3" }),
        () => take(registers.watch("r"), 1),
      ];
      for (const operation of operations) {
        await expect(operation(), String(operation)).rejects.toMatchObject({ code: "state-lost" });
      }
    }
  });

  test("random operations from two processes answer as one value would, one after another", async () => {
    const operations = fc.array(
      fc.record({
        here: fc.boolean(),
        kind: fc.constantFrom("write", "ifVersion", "add", "read"),
        value: fc.integer({ min: -5, max: 5 }),
        repeated: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(operations, async (script) => {
        const ground = await pair();
        const model = new RegisterModel();
        for (const [i, { here, kind, value, repeated }] of script.entries()) {
          const [ask, answer] = model.next(kind, value, `${i}`);
          const askers = here ? ground : ground.toReversed();
          const answers = await inTurn(askers.slice(0, repeated ? 2 : 1), ask);
          expect(answers).toEqual(answers.map(() => answer));
        }
      }),
      { numRuns: 25 },
    );
  });
}

async function inTurn(namespaces: readonly Namespace[], ask: Ask): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const namespace of namespaces) answers.push(await ask(namespace));
  return answers;
}

type Ask = (namespace: Namespace) => Promise<unknown>;

/** What a register holds if one operation comes after another. */
class RegisterModel {
  #version = 0;
  #value = 0;

  /** An operation, and what it must answer. */
  next(kind: string, value: number, requestId: string): readonly [Ask, unknown] {
    switch (kind) {
      case "read":
        return [({ registers }) => registers.read("r"), this.#held()];
      case "add":
        this.#put(this.#value + value);
        return [({ registers }) => registers.add("r", value, { requestId }), this.#value];
      case "write":
        this.#put(value);
        return [writing(value, { requestId }), { version: this.#version }];
      default:
        return this.#conditional(value, requestId);
    }
  }

  #conditional(value: number, requestId: string): readonly [Ask, unknown] {
    const ifVersion = Math.max(0, this.#version + (value % 2));
    const ask = writing(value, { requestId, ifVersion });
    if (ifVersion !== this.#version) return [ask, "conflict"];
    this.#put(value);
    return [ask, { version: this.#version }];
  }

  #put(value: number): void {
    this.#version++;
    this.#value = value;
  }

  #held(): object | undefined {
    return this.#version === 0 ? undefined : { json: `${this.#value}`, version: this.#version };
  }
}

function writing(value: number, write: { requestId: string; ifVersion?: number }): Ask {
  return async ({ registers }) => {
    try {
      return await registers.write("r", `${value}`, write);
    } catch (error) {
      return error instanceof SyncError ? error.code : error;
    }
  };
}
