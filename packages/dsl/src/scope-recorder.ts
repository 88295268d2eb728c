import type { z } from "zod";
import { refuseAsync } from "./async-definition.ts";
import { bothArms } from "./both-arms.ts";
import { Declaration, type Given } from "./declaration.ts";
import { Frame } from "./frame.ts";
import type { Handle } from "./handle.ts";
import { armFrame, repeatFrame, roundsFrame } from "./inner-frames.ts";
import { listed, namedRoles } from "./named-roles.ts";
import type { Quantity } from "./quantity.ts";
import { recordConnect, recordShape } from "./record-network.ts";
import { move, work } from "./record-stage.ts";
import {
  outsideOnTopic,
  recordBarrier,
  recordReceive,
  recordSignal,
  recordWait,
  topicOf,
} from "./record-wire.ts";
import type { BodyOptions, Scope } from "./scope.ts";
import { callerOf, inParentheses } from "./source.ts";
import type { Stage } from "./stage.ts";
import type { ReceiveOptions } from "./wire-options.ts";

type AnyFunction = (...args: never[]) => unknown;
type Roles = string | readonly string[];
/** An author's function that declares stages on a scope of its own. */
type Define = (scope: unknown) => unknown;
interface Options extends BodyOptions {
  readonly schema?: z.ZodType;
  readonly at?: Roles;
  readonly state?: string;
  readonly topic?: string;
  readonly target?: number;
  readonly atLeast?: Quantity;
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

  connect(
    name: string,
    topology: unknown,
    needs: object,
    body: AnyFunction,
    options?: Options,
  ): Handle {
    const stage = new Declaration(this.#frame, name, this.connect);
    return recordConnect(stage, { topology, needs, body }, options);
  }

  shape(name: string, shape: unknown, options?: Options): void {
    recordShape(new Declaration(this.#frame, name, this.shape), shape, options);
  }

  exchange(name: string, value: unknown, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.exchange);
    const all = stage.roles();
    const outside = outsideOnTopic(stage, options?.topic);
    const wire = topicOf(stage, options?.topic);
    return move(stage, "exchange", { from: all, to: all, outside, value, ...wire }, options);
  }

  broadcast(name: string, from: string, value: unknown, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.broadcast);
    const roles = { from: stage.roles(from), to: stage.roles() };
    const wire = topicOf(stage, options?.topic);
    return move(stage, "broadcast", { ...roles, value, ...wire }, options);
  }

  gather(name: string, from: Roles, to: Roles, value: unknown, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.gather);
    return move(stage, "gather", { from: stage.roles(from), to: stage.roles(to), value }, options);
  }

  scatter(name: string, from: string, to: Roles, values: unknown, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.scatter);
    const roles = { from: stage.roles(from), to: stage.roles(to) };
    return move(stage, "scatter", { ...roles, value: values }, options);
  }

  reduce(name: string, from: Roles, value: unknown, fold: AnyFunction, options?: Options): Handle {
    const stage = new Declaration(this.#frame, name, this.reduce);
    const roles = { from: stage.roles(from), to: stage.roles() };
    return move(stage, "reduce", { ...roles, value }, options, fold);
  }

  receive(name: string, from: Roles, options: ReceiveOptions<unknown>): Handle {
    return recordReceive(new Declaration(this.#frame, name, this.receive), { from, options });
  }

  signal(name: string, options?: Options): Handle {
    return recordSignal(new Declaration(this.#frame, name, this.signal), options);
  }

  waitFor(name: string, signal: unknown, options?: Options): void {
    recordWait(new Declaration(this.#frame, name, this.waitFor), signal, options);
  }

  barrier(name: string, options?: Options): void {
    recordBarrier(new Declaration(this.#frame, name, this.barrier), options);
  }

  rounds(name: string, times: number, body: Define): Handle | undefined {
    const stage = new Declaration(this.#frame, name, this.rounds);
    const checkedTimes = stage.times(times);
    const frame = roundsFrame(stage);
    const each = within(frame, () => stage.given(body(this.#on(frame)), "what a round returns"));
    stage.add({
      kind: "rounds",
      ...stage.basics(stage.roles()),
      times: checkedTimes,
      stages: Object.freeze(frame.stages),
      ...(each === undefined ? {} : { value: each.stage }),
    });
    return each && stage.gives("value", each.at, each.isAgreed);
  }

  repeat(name: string, options: { readonly max: number }, body: Define): Handle | undefined {
    const stage = new Declaration(this.#frame, name, this.repeat);
    const max = stage.times(options?.max, 1, "max, the most rounds it may have,");
    const at = stage.roles();
    const frame = repeatFrame(stage);
    const { until, each } = within(frame, () => {
      const result = body(this.#on(frame)) as
        | Partial<Record<"until" | "value", unknown>>
        | undefined;
      stage.refuseAsync(result);
      return {
        until: stage.agreed(result?.until, at, "until, which ends it,"),
        each: stage.given(result?.value, "the value of a round"),
      };
    });
    stage.add({
      kind: "repeat",
      ...stage.basics(at),
      max,
      stages: Object.freeze(frame.stages),
      until,
      ...(each === undefined ? {} : { value: each.stage }),
    });
    return each && stage.gives("value", each.at, each.isAgreed);
  }

  branch(name: string, on: unknown, arms: Arms): Handle | undefined {
    const stage = new Declaration(this.#frame, name, this.branch);
    const at = stage.roles();
    const decides = stage.agreed(on, at, "what decides it");
    const [yes, no] = [this.#arm(stage, "then", arms.then), this.#arm(stage, "else", arms.else)];
    const value = yes.given && no.given && bothArms(yes.given.stage, no.given.stage);
    stage.add({
      kind: "branch",
      ...stage.basics(at),
      on: decides,
      ...bothArms(yes.stages, no.stages),
      ...(value === undefined ? {} : { value }),
    });
    if (yes.given === undefined || no.given === undefined) return undefined;
    const { at: both, isAgreed } = no.given;
    const known = yes.given.at.filter((role) => both.includes(role));
    return stage.gives("value", known, isAgreed && yes.given.isAgreed);
  }

  among(where: Roles, body: Define): unknown {
    const source = this.#frame.recording.sources ? callerOf(this.among) : undefined;
    const title = `among()${inParentheses(source)}`;
    this.#frame.checkInnermost(title);
    const census = namedRoles(this.#frame, where, title);
    const { recording, prefix, home } = this.#frame;
    const frame = new Frame(recording, {
      title: `among ${listed(census)}`,
      prefix,
      census,
      home,
    });
    return within(frame, () => {
      const result = body(this.#on(frame));
      refuseAsync(result, title);
      return result;
    });
  }

  #on(frame: Frame): ScopeRecorder {
    return new ScopeRecorder(frame, this.params);
  }

  #arm(stage: Declaration, which: "then" | "else", body: Define | undefined): Arm {
    const frame = armFrame(stage, which);
    const given = within(
      frame,
      () => body && stage.given(body(this.#on(frame)), `what '${which}' returns`),
    );
    return { stages: Object.freeze(frame.stages), given };
  }
}

interface Arms {
  readonly then: Define;
  readonly else?: Define;
}

interface Arm {
  readonly stages: readonly Stage[];
  readonly given: Given | undefined;
}

/** The author's view of a frame. */
export function scopeOf<RM, C extends string, P>(frame: Frame, params: P): Scope<RM, C, P> {
  return new ScopeRecorder(frame, params) as unknown as Scope<RM, C, P>;
}

function within<T>(frame: Frame, declare: () => T): T {
  try {
    return declare();
  } finally {
    frame.close();
  }
}
