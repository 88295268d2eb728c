import type { z } from "zod";
import { Declaration } from "./declaration.ts";
import type { Duration } from "./duration.ts";
import { Frame } from "./frame.ts";
import { Handle, type Origin } from "./handle.ts";
import type { Scope } from "./scope.ts";

type AnyFunction = (...args: never[]) => unknown;
type Roles = string | readonly string[];
interface Options {
  readonly timeout?: Duration;
  readonly schema?: z.ZodType;
  readonly at?: Roles;
}

/**
 * A scope that records its stages as data. Its methods are those of {@link Scope} without the types,
 * which only the author's side has: here a handle is `unknown` until it has been checked.
 */
class ScopeRecorder {
  readonly params: unknown;
  readonly #frame: Frame;

  constructor(frame: Frame, params: unknown) {
    this.#frame = frame;
    this.params = params;
  }

  everyone(name: string, needs: object, body: AnyFunction, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.everyone);
    return work(stage, stage.roles(), needs, body, options);
  }

  run(name: string, where: Roles, needs: object, body: AnyFunction, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.run);
    return work(stage, stage.roles(where), needs, body, options);
  }

  exchange(name: string, value: unknown, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.exchange);
    const all = stage.roles();
    return move(stage, "exchange", { from: all, to: all, value }, options);
  }

  broadcast(name: string, from: string, value: unknown, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.broadcast);
    return move(stage, "broadcast", { from: stage.roles(from), to: stage.roles(), value }, options);
  }

  gather(name: string, from: Roles, to: Roles, value: unknown, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.gather);
    return move(stage, "gather", { from: stage.roles(from), to: stage.roles(to), value }, options);
  }

  signal(name: string, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.signal);
    const at = stage.roles(options?.at);
    stage.add({ kind: "signal", ...stage.basics(at, options) });
    return stage.gives("signal", at);
  }

  waitFor(name: string, signal: unknown, options?: Options): void {
    const stage = new Declaration(this.#frame, name, this.waitFor);
    const basics = stage.basics(stage.roles(options?.at), options);
    stage.add({ kind: "wait", ...basics, signal: stage.signal(signal) });
  }

  barrier(name: string, options?: Options): void {
    const stage = new Declaration(this.#frame, name, this.barrier);
    stage.add({ kind: "barrier", ...stage.basics(stage.roles(options?.at), options) });
  }

  rounds(name: string, times: number, body: (round: unknown) => unknown): Handle | undefined {
    const stage = new Declaration(this.#frame, name, this.rounds);
    const checkedTimes = stage.times(times);
    const frame = new Frame(this.#frame.recording, `${stage.id}/`);
    const each = within(frame, () => given(stage, body(new ScopeRecorder(frame, this.params))));
    stage.add({
      kind: "rounds",
      ...stage.basics(stage.roles()),
      times: checkedTimes,
      stages: Object.freeze(frame.stages),
      ...(each === undefined ? {} : { value: each.stage }),
    });
    return each && stage.gives("value", each.at);
  }
}

/** The author's view of a frame. */
export function scopeOf<RM, C extends string, P>(frame: Frame, params: P): Scope<RM, C, P> {
  return new ScopeRecorder(frame, params) as unknown as Scope<RM, C, P>;
}

function work(
  stage: Declaration,
  at: readonly string[],
  needs: object,
  body: AnyFunction,
  options?: Options,
): Handle {
  const ids = Object.entries(needs).map(([name, handle]) => [
    name,
    stage.value(handle, at, `need '${name}'`),
  ]);
  stage.add(
    { kind: "run", ...stage.basics(at, options), needs: Object.freeze(Object.fromEntries(ids)) },
    { body },
  );
  return stage.gives("value", at);
}

interface Move {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly value: unknown;
}

function move(
  stage: Declaration,
  kind: "exchange" | "broadcast" | "gather",
  { from, to, value }: Move,
  options?: Options,
): Handle {
  const at = stage.roles([...from, ...to]);
  stage.add(
    {
      kind,
      ...stage.basics(at, options),
      from,
      to,
      value: stage.value(value, from, "the value it sends"),
    },
    { schema: options?.schema },
  );
  return stage.gives("value", to);
}

function within<T>(frame: Frame, declare: () => T): T {
  try {
    return declare();
  } finally {
    frame.close();
  }
}

/** What the function of rounds returned, if that is a value; a round's scope is still open here. */
function given(stage: Declaration, result: unknown): Pick<Origin, "stage" | "at"> | undefined {
  stage.refuseAsync(result);
  const origin = Handle.originOf(result);
  if (origin?.kind !== "value") return undefined;
  return { stage: stage.value(result, origin.at, "what a round returns"), at: origin.at };
}
