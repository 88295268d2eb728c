import { bare, below, child, isFunction, type Node } from "./node.ts";

/** Whether a function gives something on purpose: what calls return in a short body may be nothing. */
export function returnsValue(body: Node): boolean {
  const content = child(body, "body");
  if (content === undefined) return false;
  return content.type === "BlockStatement" ? hasReturn(content) : isValue(content);
}

function hasReturn(node: Node): boolean {
  if (node.type === "ReturnStatement") {
    const argument = child(node, "argument");
    return argument !== undefined && isValue(argument, true);
  }
  return below(node).some((each) => !isFunction(each) && hasReturn(each));
}

/** `isReturned`: whether the author wrote `return` before it. */
function isValue(expression: Node, isReturned = false): boolean {
  const node = bare(expression);
  if (node.type === "AwaitExpression") return isValue(child(node, "argument") ?? node, isReturned);
  if (/Call/.test(node.type)) return isReturned;
  if (node.type === "UnaryExpression") return node["operator"] !== "void";
  return isReturned || !/^(?:Assignment|Update)/.test(node.type);
}

/** Whether one of these functions says `return`: what a short function gives may only be what its last call gave. */
export function returnsByStatement(functions: readonly Node[]): boolean {
  return functions.some((each) => {
    const content = child(each, "body");
    return content?.type === "BlockStatement" && hasReturn(content);
  });
}
