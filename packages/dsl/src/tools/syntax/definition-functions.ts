import { child, children, isCall, isFunction, type Node, nameOf, spans, walk } from "./node.ts";
import type { SourceFile } from "./source-file.ts";

/**
 * The functions that declare the stages on these lines: those given to `choreography()`, and fragments, which take a
 * scope. Where it is neither, the outermost function around the line.
 */
export function definitionFunctions(
  { root }: SourceFile,
  lines: readonly number[],
): readonly Node[] {
  const found = new Set<Node>();
  const candidates = declaring(root);
  const functions = outermost(root);
  for (const line of lines) {
    const declared = candidates.filter((node) => spans(node, line));
    const node = declared.at(-1) ?? functions.find((each) => spans(each, line));
    if (node !== undefined) found.add(node);
  }
  return [...found];
}

/** The names of the parameters that are scopes. */
export function scopeNames(definition: Node): readonly string[] {
  const params = children(definition, "params");
  const typed = params.filter((param) => annotation(param) === "Scope");
  const scopes = typed.length > 0 ? typed : params.slice(0, 1);
  return scopes.flatMap((param) => nameOf(param) ?? []);
}

/** The names of the parameters that must be given handles. */
export function handleParameters(definition: Node): readonly string[] {
  return children(definition, "params").flatMap((param) => {
    const isHandle = /^(?:Ref|Agreed|Sendable)$/.test(annotation(param) ?? "");
    return isHandle && param["optional"] !== true ? (nameOf(param) ?? []) : [];
  });
}

/** In the order of the source, so that the innermost around a line is the last that spans it. */
function declaring(root: Node): readonly Node[] {
  const found: Node[] = [];
  walk(root, (node) => {
    if (isCall(node) && nameOf(child(node, "callee")) === "choreography") {
      found.push(...children(node, "arguments").filter(isFunction));
    }
    const takesScope = children(node, "params").some((param) => annotation(param) === "Scope");
    if (isFunction(node) && takesScope) found.push(node);
    return true;
  });
  return found;
}

function outermost(root: Node): readonly Node[] {
  const found: Node[] = [];
  walk(root, (node) => {
    if (!isFunction(node)) return true;
    found.push(node);
    return false;
  });
  return found;
}

/** `"Scope"` of `c: Scope<RM, C, P>`. */
function annotation(param: Node): string | undefined {
  const type = child(child(param, "typeAnnotation") ?? param, "typeAnnotation");
  return type === undefined ? undefined : nameOf(child(type, "typeName"));
}
