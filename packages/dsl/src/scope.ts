import type { z } from "zod";
import type { Body, Needs } from "./body.ts";
import type { ManyOf, OneOf, OutsideOf, Where } from "./census.ts";
import type { Duration } from "./duration.ts";
import type { LinkShape } from "./link-shape.ts";
import type { Agreed, Ref, Roster, Sendable, Signal } from "./located.ts";
import type { Me } from "./me.ts";
import type { Member } from "./member.ts";
import type { RetryOptions } from "./retry.ts";
import type { Link, Topology } from "./topology.ts";
import type {
  BarrierOptions,
  ReceiveOptions,
  SignalOptions,
  WaitOptions,
  WireOptions,
} from "./wire-options.ts";

/** Options of every stage. */
export interface StageOptions {
  /** From entering to leaving the stage, on one instance; what is left of the run's unless given. */
  readonly timeout?: Duration;
}

/** Options of the stages that run a body. */
export interface BodyOptions extends StageOptions {
  /** Runs a body that throws again; `{}` for three attempts. Not at all unless given. */
  readonly retry?: RetryOptions;
  /** At most so many instances run the body at a time, admitted in order of id; 1 is in turns. No limit unless given. */
  readonly concurrency?: number;
  /** Refuses a run that has no sidecar to shape its network, before anything is done. */
  readonly requires?: "sidecar";
}

/** Options of the stages that send a value. */
export interface SendOptions<T> extends StageOptions {
  /** Validates the value before it is sent and where it arrives. */
  readonly schema?: z.ZodType<T>;
}

/** Options of the stages that some roles may sit out. */
export interface AtOptions<X extends string> extends StageOptions {
  /** Who takes part; everybody unless given. */
  readonly at?: Where<X>;
}

type List<T> =
  T extends Agreed<infer U, infer X>
    ? Agreed<readonly U[], X>
    : T extends Ref<infer U, infer X>
      ? Ref<readonly U[], X>
      : undefined;

/** What a branch gives: a value if both arms give one, known where both know it. */
type Either<T, E> = [T, E] extends [Agreed<infer A, infer X>, Agreed<infer B, infer Y>]
  ? Agreed<A | B, X & Y>
  : [T, E] extends [Ref<infer A, infer X>, Ref<infer B, infer Y>]
    ? Ref<A | B, X & Y>
    : undefined;

/** An async function's result, as the text that the compiler prints in its place. */
export type NotAsync<T> =
  T extends PromiseLike<unknown>
    ? "a definition cannot be async: put awaits inside stage bodies"
    : T;

/** As {@link NotAsync}, for a fold. */
type NotAsyncFold<T> = T extends PromiseLike<unknown> ? "a fold cannot be async" : T;

/**
 * Where stages are declared. `RM`: the roles; `C`: the census, the names of those that take part
 * here; `P`: the parameters.
 *
 * Names are letters, digits, `-`, `_` and `.`, in parts separated by `/`; each is used once in a
 * scope. Every method throws a {@link DefinitionError} that names the stage and where it is declared.
 */
export interface Scope<RM, C extends string, P> {
  /** The parameters of the run, with the defaults of those not given. */
  readonly params: P;

  /** Every instance runs the body. */
  everyone<const N extends Needs<C>, T>(
    name: string,
    needs: N,
    body: Body<C, N, T>,
    options?: BodyOptions,
  ): Ref<T, C>;

  /** The members of these roles run the body; the others pass. */
  run<const X extends C, const N extends Needs<X>, T>(
    name: string,
    where: Where<X>,
    needs: N,
    body: Body<X, N, T>,
    options?: BodyOptions,
  ): Ref<T, X>;

  /**
   * Every instance runs the body once for each of its outgoing edges, all of them at once, with the one it dials as
   * `peer`; gives its links, in order of the peers' ids. `retry` is for each edge; `timeout` is for all edges together, and
   * `concurrency` counts instances, with all the edges of each.
   */
  connect<const N extends Needs<C>, T>(
    name: string,
    topology: Topology<C>,
    needs: N,
    body: Body<C, N, T, { readonly peer: Member }>,
    options?: BodyOptions,
  ): Ref<readonly Link<T>[], C>;

  /**
   * Has the sidecar shape what each instance sends, and waits until all of `at` are done. Refuses a run without a sidecar
   * before anything is done; inside an arm of a branch, when it comes to it.
   */
  shape(
    name: string,
    shape: LinkShape | ((input: { readonly me: Me<C> }) => LinkShape),
    options?: AtOptions<C>,
  ): void;

  /**
   * Every instance publishes its value and reads everybody's. With `topic`, outside instances publish theirs there, each
   * one, and are in the roster too, behind all others in the order in which they came.
   */
  exchange<T, const Topic extends string = never>(
    name: string,
    value: Sendable<T, C>,
    options?: WireOptions<NoInfer<T>, Topic>,
  ): Agreed<
    Roster<T, OneOf<RM, C>, ManyOf<RM, C> | ([Topic] extends [never] ? never : OutsideOf<RM>)>,
    C
  >;

  /** The one instance of the role publishes its value; all read it, with `topic` outside instances too. */
  broadcast<const X extends OneOf<RM, C>, T>(
    name: string,
    from: X,
    value: Sendable<T, X>,
    options?: WireOptions<NoInfer<T>>,
  ): Agreed<T, C>;

  /** The members of `from` publish their values; the members of `to` read all of them. */
  gather<const X extends C, const Y extends C, T>(
    name: string,
    from: Where<X>,
    to: Where<Y>,
    value: Sendable<T, X>,
    options?: SendOptions<NoInfer<T>>,
  ): Agreed<Roster<T, OneOf<RM, X>, ManyOf<RM, X>>, Y>;

  /** The one instance of the role publishes a list; the i-th member of `to`, in order of id, gets its i-th value. */
  scatter<const X extends OneOf<RM, C>, const Y extends C, T>(
    name: string,
    from: X,
    to: Where<Y>,
    values: Sendable<readonly T[], X>,
    options?: SendOptions<NoInfer<T>>,
  ): Ref<T, Y>;

  /**
   * The members of `from` publish their values; all read and fold them, in order of id, so that even a fold that
   * depends on the order gives the same everywhere.
   */
  reduce<const X extends C, T, U>(
    name: string,
    from: Where<X>,
    value: Sendable<T, X>,
    fold: (values: readonly T[]) => NotAsyncFold<U>,
    options?: SendOptions<NoInfer<T>>,
  ): Agreed<U, C>;

  /**
   * All read what the outside instances of these roles publish on a topic, each one value; gives the values in the order
   * in which they came.
   */
  receive<const X extends OutsideOf<RM>, T>(
    name: string,
    from: Where<X>,
    options: ReceiveOptions<T>,
  ): Agreed<readonly T[], C>;

  /**
   * Tells those who wait for it that an instance has come this far; does not wait. Outside instances named in `at` give it
   * by signalling `state`.
   */
  signal<const X extends C | OutsideOf<RM> = C>(name: string, options?: SignalOptions<X>): Signal;

  /** Waits until every instance that gives the signal has given it, or `atLeast` so many of them. */
  waitFor(name: string, signal: Signal, options?: WaitOptions<C>): void;

  /**
   * Waits until every instance that takes part is here. Outside instances named in `at` take part by signalling `state`
   * and waiting for it.
   */
  barrier(name: string, options?: BarrierOptions<C | OutsideOf<RM>>): void;

  /** The stages of the body so many times, 0 or more; gives the list of what the body returns. */
  rounds<T>(name: string, times: number, body: (round: Scope<RM, C, P>) => NotAsync<T>): List<T>;

  /**
   * The stages of the body until what it returns as `until` is true, at every instance after the same round; gives the
   * list of what it returns as `value`. The run fails where it is still false after `max` rounds, 1 or more.
   */
  repeat<V = undefined>(
    name: string,
    options: { readonly max: number },
    body: (round: Scope<RM, C, P>) => {
      readonly until: Agreed<boolean, C>;
      readonly value?: V;
    },
  ): List<V>;

  /** All take the same arm: `then` where the value is true, `else`, if there is one, where it is false. */
  branch<T, E = undefined>(
    name: string,
    on: Agreed<boolean, C>,
    arms: {
      readonly then: (arm: Scope<RM, C, P>) => NotAsync<T>;
      readonly else?: (arm: Scope<RM, C, P>) => NotAsync<E>;
    },
  ): Either<T, E>;

  /** Stages of these roles alone: inside, "all" are their members. Gives what the body returns; no name of its own. */
  among<const X extends C, T>(roles: Where<X>, body: (scope: Scope<RM, X, P>) => NotAsync<T>): T;
}
