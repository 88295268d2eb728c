import {
  child,
  children,
  isCall,
  isFunction,
  isMember,
  memberName,
  type Node,
  nameOf,
  walk,
} from "./node.ts";
import type { SourceFile } from "./source-file.ts";

/** Where `me.sync` is used in these bodies, and in the functions of the file that they call. */
export function syncUses(file: SourceFile, bodies: readonly Node[]): readonly Node[] {
  const entered = new Set<Node>();
  const uses: Node[] = [];
  const enter = (node: Node): void => {
    const called = isFunction(node) ? node : file.functions.get(nameOf(node) ?? "");
    if (called === undefined || entered.has(called)) return;
    entered.add(called);
    walk(called, (each) => {
      if (isSyncUse(each)) uses.push(each);
      const callee = isCall(each) ? child(each, "callee") : undefined;
      if (callee !== undefined) enter(callee);
      return true;
    });
  };
  for (const body of bodies) enter(body);
  return uses;
}

/** `me.sync`, `{ me: { sync } }`, or a parameter `{ sync }: Me`. */
function isSyncUse(node: Node): boolean {
  if (isMember(node)) {
    const object = child(node, "object");
    const isMe = object !== undefined && (nameOf(object) === "me" || memberName(object) === "me");
    return isMe && memberName(node) === "sync";
  }
  if (node.type === "ObjectProperty" && nameOf(child(node, "key")) === "me") {
    return takesSync(child(node, "value"));
  }
  if (node.type === "VariableDeclarator") {
    return nameOf(child(node, "init")) === "me" && takesSync(child(node, "id"));
  }
  if (node.type !== "ObjectPattern") return false;
  const type = child(child(node, "typeAnnotation") ?? node, "typeAnnotation");
  return type !== undefined && nameOf(child(type, "typeName")) === "Me" && takesSync(node);
}

function takesSync(pattern: Node | undefined): boolean {
  if (pattern?.type !== "ObjectPattern") return false;
  return children(pattern, "properties").some((each) => nameOf(child(each, "key")) === "sync");
}
