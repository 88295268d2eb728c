import type { Stage } from "../../stage.ts";
import type { Finding } from "../diagnostic.ts";
import { child, children, isFunction } from "../syntax/node.ts";
import { returnsByStatement, returnsValue } from "../syntax/returns-value.ts";
import { at, type Subject } from "./subject.ts";

/** GP101 and GP102: values, signals and gathered rosters that nobody uses. */
export function unusedValues(subject: Subject): readonly Finding[] {
  const used = new Set(subject.rows.flatMap(({ stage }) => usedBy(stage)));
  return subject.rows.flatMap(({ stage }) => (used.has(stage.id) ? [] : unused(subject, stage)));
}

/** The stages whose value, or signal, this one uses. */
function usedBy(stage: Stage): readonly string[] {
  switch (stage.kind) {
    case "run":
    case "connect":
      return Object.values(stage.needs);
    case "exchange":
    case "broadcast":
    case "gather":
    case "scatter":
    case "reduce":
      return [stage.value];
    case "wait":
      return [stage.signal];
    case "rounds":
      return stage.value === undefined ? [] : [stage.value];
    case "repeat":
      return [stage.until, ...(stage.value === undefined ? [] : [stage.value])];
    case "branch":
      return [stage.on, ...(stage.value === undefined ? [] : Object.values(stage.value))];
    case "shape":
    case "receive":
    case "signal":
    case "barrier":
      return [];
  }
}

function unused(subject: Subject, stage: Stage): readonly Finding[] {
  const { id } = stage;
  switch (stage.kind) {
    case "run":
    case "connect":
      return givesOnPurpose(subject, stage)
        ? [warn(subject, stage, "GP101", `what the body of '${id}' returns is never used`)]
        : [];
    case "exchange":
    case "gather":
    case "reduce":
    case "receive": {
      const what = `the values that '${id}' collects are never read`;
      const instead = "read them in a body, or use barrier() if it is only to wait";
      return [warn(subject, stage, "GP102", what, instead)];
    }
    case "broadcast":
    case "scatter":
      return [warn(subject, stage, "GP101", `the value that '${id}' sends is never used`)];
    case "signal":
      return stage.state === undefined
        ? [warn(subject, stage, "GP101", `nobody waits for signal '${id}'`, "add waitFor()")]
        : [];
    case "rounds":
    case "repeat":
    case "branch":
      return stage.value !== undefined && isReturned(subject, stage)
        ? [warn(subject, stage, "GP101", `the value of ${stage.kind} '${id}' is never used`)]
        : [];
    case "shape":
    case "wait":
    case "barrier":
      return [];
  }
}

function warn(
  subject: Subject,
  stage: Stage,
  code: "GP101" | "GP102",
  what: string,
  instead = "name it among the needs of a body",
): Finding {
  return at(subject, stage, {
    code,
    level: "warning",
    text: `${what}; ${instead}, or leave it out`,
  });
}

/** Whether the body has nothing to give cannot be told from its type here; its syntax has to do. */
function givesOnPurpose({ sources }: Subject, stage: Stage): boolean {
  const call = sources.call(stage);
  if (call === undefined) return false;
  return children(call, "arguments").filter(isFunction).some(returnsValue);
}

/** Whether the inner functions of rounds, or arms, give their value on purpose. */
function isReturned({ sources }: Subject, stage: Stage): boolean {
  const call = sources.call(stage);
  if (call === undefined) return false;
  const given = children(call, "arguments");
  const arms = given
    .flatMap((argument) => children(argument, "properties"))
    .map((property) => child(property, "value") ?? property);
  return returnsByStatement([...given, ...arms].filter(isFunction));
}
