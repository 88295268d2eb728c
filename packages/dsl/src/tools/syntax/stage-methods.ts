import { child, children, isCall, isFunction, memberName, type Node, nameOf } from "./node.ts";

/** Whose functions are bodies, which run later and on one instance. */
const BODIES: ReadonlySet<string> = new Set(["everyone", "run", "connect", "shape"]);
/** Whose functions declare stages. */
const DECLARING: ReadonlySet<string> = new Set(["rounds", "repeat", "branch", "among"]);
const OTHERS = ["reduce", "exchange", "broadcast", "gather", "scatter", "receive", "signal"];
/** What returns a handle. */
const GIVING: ReadonlySet<string> = new Set([
  // What a shape gives is nothing, and what among() gives whatever its function does.
  ...[...BODIES, ...DECLARING, ...OTHERS].filter((method) => !/^(?:shape|among)$/.test(method)),
]);

/** A call of a scope's method. */
export interface MethodCall {
  readonly method: string;
  readonly node: Node;
}

/** The call of a stage method on one of these scopes, if it is one. */
export function methodCall(node: Node, scopes: ReadonlySet<string>): MethodCall | undefined {
  const callee = isCall(node) ? child(node, "callee") : undefined;
  const method = callee === undefined ? undefined : memberName(callee);
  const scope = callee === undefined ? undefined : nameOf(child(callee, "object"));
  if (method === undefined || scope === undefined || !scopes.has(scope)) return undefined;
  return { method, node };
}

export function givesHandle({ method }: MethodCall): boolean {
  return GIVING.has(method);
}

/** The bodies of a stage, or what is to be one: a function, or the name of one. */
export function bodiesOf({ method, node }: MethodCall): readonly Node[] {
  if (!BODIES.has(method)) return [];
  const [, ...rest] = children(node, "arguments");
  return rest.filter((argument) => isFunction(argument) || nameOf(argument) !== undefined);
}

/** Whether the functions among its arguments declare stages themselves. */
export function declares({ method }: MethodCall): boolean {
  return DECLARING.has(method);
}

/** Whether the function among its arguments must give the same at every instance. */
export function folds({ method }: MethodCall): boolean {
  return method === "reduce";
}
