import { setTimeout as sleep } from "node:timers/promises";
import type { Grant, Namespace } from "@groundplan/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Asked, ClaimModel, type Granted } from "./claims.model.ts";
import type { Ground } from "./set-ups.ts";

const CAPACITY = 4;

/** What was asked of a store for real, and what came of it. */
class Real {
  readonly namespaces: readonly Namespace[];
  readonly #asked = new Map<string, { readonly grant: Promise<Grant>; stop(): void }>();

  constructor(namespaces: readonly Namespace[]) {
    this.namespaces = namespaces;
  }

  of({ by }: Asked): Namespace {
    const namespace = this.namespaces[by];
    if (namespace === undefined) throw new Error("there are two namespaces");
    return namespace;
  }

  ask(asked: Asked): void {
    const { requestId, permits } = asked;
    const stop = new AbortController();
    const options = { capacity: CAPACITY, permits, requestId, signal: stop.signal };
    const grant = this.of(asked).claims.acquire("c", options);
    grant.catch(() => {});
    this.#asked.set(requestId, { grant, stop: () => stop.abort(new Error("enough")) });
  }

  async grantOf({ requestId }: Asked): Promise<Grant> {
    const asked = this.#asked.get(requestId);
    if (asked === undefined) throw new Error(`${requestId} was not asked`);
    return asked.grant;
  }

  async stop(asked: Asked): Promise<void> {
    this.#asked.get(asked.requestId)?.stop();
    await expect(this.grantOf(asked)).rejects.toThrow("enough");
  }

  remember(asked: Asked, grant: Grant): void {
    this.#asked.set(asked.requestId, { grant: Promise.resolve(grant), stop: () => {} });
  }
}

type Step = (model: ClaimModel, real: Real) => Promise<void>;

/** The one that a random number picks, if there is any. */
function pick<T>(from: readonly T[], index: number): T | undefined {
  return from[index % Math.max(1, from.length)];
}

/** The store does and holds what the model does and holds, token for token. */
async function agree(model: ClaimModel, real: Real): Promise<void> {
  const here = real.namespaces[0];
  if (here === undefined) return;
  const expected = {
    capacity: model.capacity,
    free: Math.max(0, model.capacity - model.used),
    holders: model.holders.map(({ requestId, permits, n }) => ({ requestId, permits, n })),
    queue: model.queue.map(({ requestId, permits }) => ({ requestId, permits })),
  };
  const found = async () => {
    const { holders, ...view } = await here.claims.inspect("c");
    const seen = holders.map(({ requestId, permits, token }) => ({
      requestId,
      permits,
      n: token.n,
    }));
    return { ...view, holders: seen };
  };
  for (let i = 0; i < 200 && !same(await found(), expected); i++) await sleep(1);
  expect(await found()).toEqual(expected);
  for (const granted of model.holders) {
    const grant = await real.grantOf(granted);
    expect(grant.token.n).toBe(granted.n);
    expect(grant.lost.aborted).toBe(false);
  }
}

function same(a: object, b: object): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}

const onHolder = (
  index: number,
  work: (granted: Granted, model: ClaimModel, real: Real) => Promise<void>,
): Step => {
  return async (model, real) => {
    const granted = pick(model.holders, index);
    if (granted !== undefined) await work(granted, model, real);
  };
};

const steps = {
  acquire: (by: number, permits: number): Step => {
    return async (model, real) => {
      if (permits > model.capacity) return;
      const asked = model.ask(by, permits);
      real.ask(asked);
      model.enter(asked);
    };
  },
  tryAcquire: (by: number, permits: number): Step => {
    return async (model, real) => {
      if (permits > model.capacity) return;
      const asked = model.ask(by, permits);
      const options = { capacity: CAPACITY, permits, requestId: asked.requestId };
      const grant = await real.of(asked).claims.tryAcquire("c", options);
      expect(grant !== undefined).toBe(model.canEnterAtOnce(asked));
      if (grant === undefined) return;
      real.remember(asked, grant);
      model.enter(asked);
    };
  },
  release: (index: number): Step =>
    onHolder(index, async (granted, model, real) => {
      const grant = await real.grantOf(granted);
      const { claims } = real.of(granted);
      expect(await claims.release(grant, { requestId: `${granted.requestId}.released` })).toBe(
        true,
      );
      expect(await claims.release(grant, { requestId: `${granted.requestId}.again` })).toBe(false);
      model.leave(({ requestId }) => requestId === granted.requestId);
    }),
  releaseWrongly: (index: number): Step =>
    onHolder(index, async (granted, _, real) => {
      const grant = await real.grantOf(granted);
      const wrong = { ...grant, token: { ...grant.token, n: grant.token.n + 1 } };
      const { claims } = real.of(granted);
      expect(await claims.release(wrong, { requestId: `${granted.requestId}.wrong` })).toBe(false);
    }),
  shrink: (index: number, permits: number): Step =>
    onHolder(index, async (granted, model, real) => {
      const grant = await real.grantOf(granted);
      const keep = Math.min(permits, granted.permits);
      await real.of(granted).claims.shrink(grant, keep, { requestId: "shrink" });
      model.shrink(granted.requestId, keep);
    }),
  abandon: (index: number): Step => {
    return async (model, real) => {
      const asked = pick(model.queue, index);
      if (asked === undefined) return;
      await real.stop(asked);
      model.leave(({ requestId }) => requestId === asked.requestId);
    };
  },
  resize: (capacity: number): Step => {
    return async (model, real) => {
      const namespace = real.namespaces[0];
      if (namespace === undefined || (await namespace.claims.inspect("c")).capacity === 0) return;
      await namespace.claims.resize("c", capacity, { requestId: namespace.requestId() });
      model.resize(capacity);
    };
  },
  endSession: (by: number): Step => {
    return async (model, real) => {
      await (await real.namespaces[by]?.session())?.end();
      model.leave((asked) => asked.by === by);
    };
  },
};

const by = fc.nat(1);
const permits = fc.integer({ min: 1, max: CAPACITY });
const index = fc.nat(5);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("acquire" as const), by, permits }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("tryAcquire" as const), by, permits }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("release" as const), index }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("releaseWrongly" as const), index }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("shrink" as const), index, permits }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("abandon" as const), index }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("resize" as const), permits }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("endSession" as const), by }) },
);

function toStep(drawn: typeof step extends fc.Arbitrary<infer T> ? T : never): Step {
  switch (drawn.type) {
    case "acquire":
    case "tryAcquire":
      return steps[drawn.type](drawn.by, drawn.permits);
    case "release":
    case "releaseWrongly":
    case "abandon":
      return steps[drawn.type](drawn.index);
    case "shrink":
      return steps.shrink(drawn.index, drawn.permits);
    case "resize":
      return steps.resize(drawn.permits);
    case "endSession":
      return steps.endSession(drawn.by);
  }
}

/** One of many that ask at the same time. */
const life = fc.record({
  by,
  permits,
  /** Milliseconds of patience; mostly enough. */
  patience: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 3 }),
  turns: fc.nat(3),
  leaves: fc.constantFrom("release", "shrink first", "cancel"),
});

type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

/** Lives that share a queue, and count for themselves what they hold of it. */
class Crowd {
  readonly tokens: number[] = [];
  readonly #namespaces: readonly Namespace[];
  #held = 0;

  constructor(namespaces: readonly Namespace[]) {
    this.#namespaces = namespaces;
  }

  async live(one: Life): Promise<void> {
    const namespace = this.#namespaces[one.by];
    if (namespace === undefined) return;
    const requestId = namespace.requestId();
    const timeoutMs = one.patience ?? undefined;
    const options = { capacity: CAPACITY, permits: one.permits, requestId, timeoutMs };
    const grant = await namespace.claims.acquire("c", options).catch(() => undefined);
    if (grant === undefined) return;
    this.tokens.push(grant.token.n);
    this.#held += one.permits;
    expect(this.#held).toBeLessThanOrEqual(CAPACITY);
    for (let i = 0; i < one.turns; i++) await new Promise((go) => setImmediate(go));
    await this.#leave(namespace, grant, one);
  }

  async #leave({ claims, requestId }: Namespace, grant: Grant, one: Life): Promise<void> {
    const kept = one.leaves === "shrink first" ? 1 : one.permits;
    this.#held -= one.permits - kept;
    await claims.shrink(grant, kept, { requestId: requestId() });
    this.#held -= kept;
    const leaving =
      one.leaves === "cancel"
        ? claims.cancel("c", grant.requestId)
        : claims.release(grant, { requestId: requestId() });
    expect(await leaving).toBe(true);
  }
}

export function claimModelSuite({ pair }: Ground): void {
  test("whatever is done to a queue, it does what a plain list does, token for token", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (drawn) => {
        const real = new Real(await pair());
        const model = new ClaimModel(CAPACITY);
        const first = model.ask(0, 1);
        real.ask(first);
        model.enter(first);
        await agree(model, real);
        for (const one of drawn) {
          await toStep(one)(model, real);
          await agree(model, real);
        }
        for (const namespace of real.namespaces) await namespace.close();
      }),
      { numRuns: 25 },
    );
  });

  test("however many ask, give up, shrink and release at once, no more is held than there is, no token is given twice, and nothing is left", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 2, maxLength: 40 }), async (lives) => {
        const namespaces = await pair();
        const crowd = new Crowd(namespaces);
        await Promise.all(lives.map((one) => crowd.live(one)));
        expect(new Set(crowd.tokens).size).toBe(crowd.tokens.length);
        const { queue, holders } = await namespaces[0].claims.inspect("c");
        expect({ queue, holders }).toEqual({ queue: [], holders: [] });
        for (const namespace of namespaces) await namespace.close();
      }),
      { numRuns: 25 },
    );
  });
}
