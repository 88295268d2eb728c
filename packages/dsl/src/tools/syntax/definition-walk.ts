import { handleParameters, scopeNames } from "./definition-functions.ts";
import { bare, below, child, children, isCall, isFunction, type Node, nameOf } from "./node.ts";
import type { SourceFile } from "./source-file.ts";
import {
  bodiesOf,
  declares,
  folds,
  givesHandle,
  type MethodCall,
  methodCall,
} from "./stage-methods.ts";

/** What is known of the names where a node stands. */
export interface Names {
  readonly scopes: ReadonlySet<string>;
  readonly handles: ReadonlySet<string>;
}

/** What a walk over a definition comes by. */
export interface Visitor {
  /** A node that runs when the stages are declared. */
  sync(node: Node, names: Names): void;
  /** A body: a function of a stage, which runs later. */
  body(node: Node): void;
}

/**
 * Walks over what runs when a definition's stages are declared: its own statements, inner functions that declare stages,
 * callbacks, and functions of the same file that it calls. Bodies are shown, not entered.
 */
export function walkDefinition(file: SourceFile, definition: Node, visitor: Visitor): void {
  const names = {
    scopes: new Set(scopeNames(definition)),
    handles: new Set(handleParameters(definition)),
  };
  new DefinitionWalk(file, visitor).enter(definition, names);
}

class DefinitionWalk {
  readonly #file: SourceFile;
  readonly #visitor: Visitor;
  readonly #entered = new Set<Node>();

  constructor(file: SourceFile, visitor: Visitor) {
    this.#file = file;
    this.#visitor = visitor;
  }

  enter(node: Node, names: Names): void {
    if (this.#entered.has(node)) return;
    this.#entered.add(node);
    const own = mutable(names);
    for (const name of children(node, "params").flatMap((param) => nameOf(param) ?? [])) {
      if (!names.scopes.has(name)) own.handles.delete(name);
    }
    this.#all(children(node, "body"), own);
  }

  #visit(node: Node, names: MutableNames): void {
    if (isFunction(node)) return;
    this.#visitor.sync(node, names);
    const call = methodCall(node, names.scopes);
    if (call !== undefined) this.#method(call, names);
    else if (isCall(node)) this.#call(node, names);
    else this.#all(below(node), names);
    if (node.type === "VariableDeclarator") learn(node, names);
  }

  #all(nodes: readonly Node[], names: MutableNames): void {
    for (const node of nodes) this.#visit(node, names);
  }

  /** A stage: its body is for later; an inner function declares more, on a scope of its own. */
  #method(call: MethodCall, names: MutableNames): void {
    const bodies = new Set(bodiesOf(call));
    for (const body of bodies) this.#visitor.body(body);
    for (const argument of children(call.node, "arguments")) {
      if (bodies.has(argument)) continue;
      if (declares(call)) this.#inner(argument, names);
      else if (folds(call) && isFunction(argument)) this.enter(argument, names);
      this.#visit(argument, names);
    }
  }

  #inner(argument: Node, names: MutableNames): void {
    if (isFunction(argument)) {
      const scopes = new Set([...names.scopes, ...scopeNames(argument)]);
      this.enter(argument, { ...names, scopes });
      return;
    }
    for (const property of children(argument, "properties")) {
      const arm = isFunction(property) ? property : child(property, "value");
      if (arm !== undefined && isFunction(arm)) this.#inner(arm, names);
    }
  }

  /** Callbacks are taken to be called at once, as those of `map` are. */
  #call(node: Node, names: MutableNames): void {
    this.#all(below(node), names);
    for (const argument of children(node, "arguments")) {
      if (isFunction(argument)) this.enter(argument, names);
    }
    const callee = child(node, "callee");
    const called = this.#file.functions.get(nameOf(callee) ?? "") ?? callee;
    // A fragment is one of the definition functions itself where it has declared something.
    if (called !== undefined && isFunction(called)) this.enter(called, noNames);
  }
}

interface MutableNames {
  readonly scopes: Set<string>;
  readonly handles: Set<string>;
}

const noNames: Names = { scopes: new Set(), handles: new Set() };

function mutable({ scopes, handles }: Names): MutableNames {
  return { scopes: new Set(scopes), handles: new Set(handles) };
}

/** What a stage returned has a name from here on. */
function learn(declarator: Node, { scopes, handles }: MutableNames): void {
  const name = nameOf(child(declarator, "id"));
  const value = child(declarator, "init");
  if (name === undefined || value === undefined) return;
  const call = methodCall(bare(value), scopes);
  if (call !== undefined && givesHandle(call)) handles.add(name);
  else handles.delete(name);
}
