import { readFileSync } from "node:fs";
import { parse } from "@babel/parser";
import {
  child,
  children,
  isCall,
  isFunction,
  memberName,
  type Node,
  nameOf,
  walk,
} from "./node.ts";

/** A source that plans are written in, as a syntax tree. */
export interface SourceFile {
  /** As positions name it. */
  readonly path: string;
  readonly root: Node;
  /** The functions with a name that the file's other code can call. */
  readonly functions: ReadonlyMap<string, Node>;
}

/** The file's syntax tree, or undefined where it cannot be read or is neither TypeScript nor JavaScript. */
export function readSource(path: string): SourceFile | undefined {
  try {
    const text = readFileSync(path, "utf8");
    const jsx = /\.[jt]sx$/.test(path);
    const root: unknown = parse(text, {
      sourceType: "module",
      errorRecovery: true,
      plugins: ["typescript", ...(jsx ? (["jsx"] as const) : [])],
    }).program;
    // The parser's types are of a package that is not ours to import; what is read of a node is checked.
    const tree = root as Node;
    return { path, root: tree, functions: namedFunctions(tree) };
  } catch {
    return undefined;
  }
}

/** The call of a scope's method on this line that declares the stage. */
export function stageCall(
  { root }: SourceFile,
  line: number,
  id: string,
): { readonly call: Node; readonly method: Node } | undefined {
  const calls = callsOn(root, line);
  return calls.find(({ call }) => isNamed(call, id)) ?? (calls.length === 1 ? calls[0] : undefined);
}

function callsOn(root: Node, line: number): readonly { call: Node; method: Node }[] {
  const found: { call: Node; method: Node }[] = [];
  walk(root, (node) => {
    if (node.loc.end.line < line || node.loc.start.line > line) return false;
    const callee = isCall(node) ? child(node, "callee") : undefined;
    const method = callee === undefined ? undefined : child(callee, "property");
    if (
      method?.loc.start.line === line &&
      callee !== undefined &&
      memberName(callee) !== undefined
    ) {
      found.push({ call: node, method });
    }
    return true;
  });
  return found;
}

/** Whether the first argument is the last part of the stage's path, or may be. */
function isNamed(call: Node, id: string): boolean {
  const [first] = children(call, "arguments");
  return first?.type === "StringLiteral" && `/${id}`.endsWith(`/${String(first["value"])}`);
}

function namedFunctions(root: Node): ReadonlyMap<string, Node> {
  const found = new Map<string, Node>();
  walk(root, (node) => {
    const name = nameOf(child(node, "id"));
    const value = node.type === "VariableDeclarator" ? child(node, "init") : node;
    if (name !== undefined && value !== undefined && isFunction(value)) found.set(name, value);
    return true;
  });
  return found;
}
