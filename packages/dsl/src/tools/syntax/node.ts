/** A place in a source: lines from 1, columns from 0. */
interface Place {
  readonly line: number;
  readonly column: number;
}

/** A node of a syntax tree; what else it has depends on its type. */
export interface Node {
  readonly type: string;
  readonly loc: { readonly start: Place; readonly end: Place };
  readonly [field: string]: unknown;
}

/** The field's node, if there is one. */
export function child(node: Node, field: string): Node | undefined {
  const found = node[field];
  return isNode(found) ? found : undefined;
}

/** The field's nodes: of a list, those there are; of one, it. */
export function children(node: Node, field: string): readonly Node[] {
  const found = node[field];
  if (Array.isArray(found)) return found.filter(isNode);
  return isNode(found) ? [found] : [];
}

/** All nodes directly below, in the order of the source. */
export function below(node: Node): readonly Node[] {
  return Object.keys(node).flatMap((field) =>
    field === "loc" || field.endsWith("Comments") ? [] : children(node, field),
  );
}

/** The node and all below it, for as long as `enter` lets it. */
export function walk(node: Node, enter: (node: Node) => boolean): void {
  if (!enter(node)) return;
  for (const each of below(node)) walk(each, enter);
}

/** The name of an identifier. */
export function nameOf(node: Node | undefined): string | undefined {
  return node?.type === "Identifier" && typeof node["name"] === "string" ? node["name"] : undefined;
}

export function isFunction(node: Node): boolean {
  return /Function(?:Expression|Declaration)$|^ObjectMethod$|^ClassMethod$/.test(node.type);
}

export function isCall(node: Node): boolean {
  return node.type === "CallExpression" || node.type === "OptionalCallExpression";
}

/** What a member expression reads, by name: `"now"` of `Date.now`. */
export function memberName(node: Node): string | undefined {
  if (!isMember(node)) return undefined;
  const property = child(node, "property");
  if (node["computed"] !== true) return nameOf(property);
  return property?.type === "StringLiteral" ? String(property["value"]) : undefined;
}

export function isMember(node: Node): boolean {
  return node.type === "MemberExpression" || node.type === "OptionalMemberExpression";
}

/** Whether a line of the source, from 1, is one of the node's. */
export function spans({ loc }: Node, line: number): boolean {
  return loc.start.line <= line && line <= loc.end.line;
}

/** Without what only the type checker sees. */
export function bare(node: Node): Node {
  const inner = /^TS(?:As|Satisfies|NonNull)|^Parenthesized/.test(node.type)
    ? child(node, "expression")
    : undefined;
  return inner === undefined ? node : bare(inner);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "loc" in value;
}
