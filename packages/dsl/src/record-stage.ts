import type { z } from "zod";
import type { Declaration } from "./declaration.ts";
import type { Handle } from "./handle.ts";
import type { BodyOptions } from "./scope.ts";
import type { MoveStage, Stage } from "./stage.ts";

type AnyFunction = (...args: never[]) => unknown;

interface Options extends BodyOptions {
  readonly schema?: z.ZodType;
}

/** Records a stage with a body. */
export function work(
  stage: Declaration,
  at: readonly string[],
  needs: object,
  body: AnyFunction,
  options?: Options,
): Handle {
  stage.add({ kind: "run", ...workData(stage, at, needs, options) }, { body });
  return stage.gives("value", at);
}

/** What every stage with a body has, as data. */
export function workData(
  stage: Declaration,
  at: readonly string[],
  needs: object,
  options?: Options,
): Omit<Stage & { kind: "run" }, "kind"> {
  const ids = Object.entries(needs).map(([name, handle]) => [
    name,
    stage.value(handle, at, `need '${name}'`),
  ]);
  return {
    ...stage.basics(at, options),
    needs: Object.freeze(Object.fromEntries(ids)),
    ...stage.body(options),
  };
}

interface Move {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly value: unknown;
  /** The roles of outside instances whose values come by the topic. */
  readonly outside?: readonly string[];
  readonly topic?: string;
}

/** Records a stage that takes a value from some to some; `body` folds the values, where the stage does. */
export function move(
  stage: Declaration,
  kind: MoveStage["kind"],
  { from, to, value, outside = [], topic }: Move,
  options?: Options,
  body?: AnyFunction,
): Handle {
  const at = stage.roles([...from, ...to]);
  stage.add(
    {
      kind,
      ...stage.basics(at, options),
      from: outside.length === 0 ? from : Object.freeze([...from, ...outside]),
      to,
      ...(topic === undefined ? {} : { topic }),
      value: stage.value(value, from, "the value it sends"),
    },
    { schema: options?.schema, ...(body === undefined ? {} : { body }) },
  );
  return stage.gives("value", to, kind !== "scatter");
}
