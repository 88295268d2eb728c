import type { Names } from "./definition-walk.ts";
import { bare, child, type Node, nameOf } from "./node.ts";
import { givesHandle, methodCall } from "./stage-methods.ts";

const TESTING: Readonly<Record<string, string>> = {
  IfStatement: "test",
  ConditionalExpression: "test",
  WhileStatement: "test",
  DoWhileStatement: "test",
  ForStatement: "test",
  SwitchStatement: "discriminant",
  LogicalExpression: "left",
};

/** The handle that this node decides by, where it decides by one. */
export function handleTested(node: Node, names: Names): Node | undefined {
  const tested = testedBy(node);
  return tested === undefined ? undefined : handleIn(tested, names);
}

function testedBy(node: Node): Node | undefined {
  const field = TESTING[node.type];
  if (field !== undefined) return child(node, field);
  return node.type === "UnaryExpression" && node["operator"] === "!"
    ? child(node, "argument")
    : undefined;
}

function handleIn(tested: Node, names: Names): Node | undefined {
  const node = bare(tested);
  const call = methodCall(node, names.scopes);
  if (names.handles.has(nameOf(node) ?? "") || (call !== undefined && givesHandle(call)))
    return node;
  // Negations and the left of `&&` are tests of their own.
  return node.type === "BinaryExpression" ? handleCompared(node, names) : undefined;
}

/** But for whether there is one: what a branch gives may be nothing. */
function handleCompared(node: Node, names: Names): Node | undefined {
  const sides = [child(node, "left"), child(node, "right")].flatMap((side) => side ?? []);
  if (sides.some((side) => side.type === "NullLiteral" || nameOf(side) === "undefined")) {
    return undefined;
  }
  return sides.find((side) => names.handles.has(nameOf(bare(side)) ?? ""));
}
