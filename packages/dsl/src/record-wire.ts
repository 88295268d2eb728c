import type { z } from "zod";
import type { Declaration } from "./declaration.ts";
import type { Duration } from "./duration.ts";
import type { Handle } from "./handle.ts";
import { listed } from "./named-roles.ts";
import { checkQuantity, type Quantity } from "./quantity.ts";
import { checkFromOne } from "./retry.ts";

type Roles = string | readonly string[];

interface TimeOptions {
  readonly timeout?: Duration;
  readonly at?: Roles;
  readonly state?: string;
  readonly target?: number;
  readonly atLeast?: Quantity;
}

/** Records a signal, which outside instances may give too. */
export function recordSignal(stage: Declaration, options: TimeOptions = {}): Handle {
  const at = stage.rolesAndOutside(options.at);
  const state = stateOf(stage, at, options);
  stage.add({ kind: "signal", ...stage.basics(at, options), ...state });
  return stage.gives("signal", at);
}

/** Records a wait for a signal, or for some of those who give it. */
export function recordWait(stage: Declaration, signal: unknown, options: TimeOptions = {}): void {
  const basics = stage.basics(stage.roles(options.at), options);
  const { atLeast } = options;
  stage.add({
    kind: "wait",
    ...basics,
    signal: stage.signal(signal),
    ...(atLeast === undefined
      ? {}
      : { atLeast: checkQuantity(atLeast, `${stage.title}: atLeast`) }),
  });
}

/** Records a barrier, in which outside instances may take part. */
export function recordBarrier(stage: Declaration, options: TimeOptions = {}): void {
  const at = stage.rolesAndOutside(options.at);
  const { target } = options;
  if (at.every((role) => stage.outside().includes(role))) {
    stage.refuse("unknown-role", "nobody here waits at it; name a role that is not outside too");
  }
  if (target !== undefined) {
    checkFromOne(target, `${stage.title}: target`);
    if (options.state === undefined) {
      stage.refuse("bad-option", "a target counts a state; name the state, or leave it out");
    }
  }
  stage.add({
    kind: "barrier",
    ...stage.basics(at, options),
    ...stateOf(stage, at, options),
    ...(target === undefined ? {} : { target }),
  });
}

interface Received {
  readonly from: Roles;
  readonly options: {
    readonly timeout?: Duration;
    readonly topic: string;
    readonly schema: z.ZodType;
  };
}

/** Records that all read what outside instances publish. */
export function recordReceive(stage: Declaration, { from, options }: Received): Handle {
  const at = stage.roles();
  const outside = stage.rolesAndOutside(from);
  const inside = outside.filter((role) => !stage.outside().includes(role));
  if (inside.length > 0) {
    stage.refuse(
      "unknown-role",
      `it receives from ${listed(inside)}, which takes part itself; use exchange() or gather()`,
    );
  }
  const { topic, schema } = options;
  stage.add(
    {
      kind: "receive",
      ...stage.basics(at, options),
      from: outside,
      topic: stage.wire("topic", topic),
    },
    { schema },
  );
  return stage.gives("value", at, true);
}

/** The topic of an exchange or a broadcast, if it has one. */
export function topicOf(
  stage: Declaration,
  topic: string | undefined,
): { readonly topic?: string } {
  return topic === undefined ? {} : { topic: stage.wire("topic", topic) };
}

/** Whose values an exchange on a topic reads besides those of its own instances: a bare value does not say from whom it is. */
export function outsideOnTopic(stage: Declaration, topic: string | undefined): readonly string[] {
  const outside = topic === undefined ? [] : stage.outside();
  if (outside.length < 2) return outside;
  return stage.refuse(
    "bad-option",
    `values on a topic do not say whether ${listed(outside)} gave them; ` +
      "read those of each role with receive(), from a topic of its own",
  );
}

function stateOf(
  stage: Declaration,
  at: readonly string[],
  { state }: TimeOptions,
): { readonly state?: string } {
  if (state !== undefined) return { state: stage.wire("state", state) };
  const outside = at.filter((role) => stage.outside().includes(role));
  if (outside.length === 0) return {};
  return stage.refuse(
    "bad-option",
    `${listed(outside)} is outside and can only signal a state; name it with { state }`,
  );
}
