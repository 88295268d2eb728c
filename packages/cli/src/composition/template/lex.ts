import { TemplateFault } from "./template-fault.ts";

export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "string"
  | "number"
  | "variable"
  | "field"
  | "dot"
  | "word"
  | "symbol"
  | "end";

/** A piece of a template, and where it stands. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

const OPEN = /\{\{(-(?=\s))?\s*/y;
const COMMENT = /\/\*.*?\*\/(?=(\s+-)?\}\})/sy;
const CLOSE = /(\s+-)?\}\}/y;
const SPACE = /\s+/y;
/** In the order in which they are tried. */
const TOKENS: readonly (readonly [TokenKind, RegExp])[] = [
  ["string", /"(?:\\.|[^"\\\n])*"|`[^`]*`/y],
  ["number", /[+-]?\d[\w.]*/y],
  ["variable", /\$\w*(?:\.[A-Za-z_]\w*)*/y],
  ["field", /(?:\.[A-Za-z_]\w*)+/y],
  ["dot", /\./y],
  ["word", /[A-Za-z_]\w*/y],
  ["symbol", /:=|[|()=,]/y],
];

/** Cuts a template into its text and the parts of its actions; space that `{{-` and `-}}` trim is gone. */
export function lex(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trims = false;
  for (;;) {
    const opened = source.indexOf("{{", at);
    const open = opened < 0 ? undefined : match(OPEN, source, opened);
    const end = open === undefined ? source.length : opened;
    const text = trim(source.slice(at, end), trims, open?.[1] !== undefined);
    if (text !== "") tokens.push({ kind: "text", text, at, end });
    if (open === undefined) break;
    const action = lexAction(source, opened, open[0].length);
    tokens.push(...action.tokens);
    ({ at, trims } = action);
  }
  tokens.push({ kind: "end", text: "", at: source.length, end: source.length });
  return tokens;
}

function trim(text: string, left: boolean, right: boolean): string {
  const begun = left ? text.trimStart() : text;
  return right ? begun.trimEnd() : begun;
}

interface Action {
  readonly tokens: readonly Token[];
  /** Where the text goes on. */
  readonly at: number;
  readonly trims: boolean;
}

function lexAction(source: string, start: number, length: number): Action {
  const tokens: Token[] = [{ kind: "open", text: "{{", at: start, end: start + length }];
  let at = start + length;
  const comment = match(COMMENT, source, at);
  if (comment !== undefined) {
    const close = match(CLOSE, source, at + comment[0].length);
    const end = at + comment[0].length + (close?.[0].length ?? 0);
    return { tokens: [], at: end, trims: close?.[1] !== undefined };
  }
  for (;;) {
    const close = match(CLOSE, source, at);
    if (close !== undefined) {
      const end = at + close[0].length;
      tokens.push({ kind: "close", text: "}}", at, end });
      return { tokens, at: end, trims: close[1] !== undefined };
    }
    const space = match(SPACE, source, at)?.[0].length ?? 0;
    const isBeforeClose = match(CLOSE, source, at + space) !== undefined;
    at += space;
    if (isBeforeClose) continue;
    const token = lexToken(source, at, start);
    tokens.push(token);
    at = token.end;
  }
}

function lexToken(source: string, at: number, start: number): Token {
  if (at >= source.length) throw new TemplateFault(start, "the action is not closed with }}");
  for (const [kind, pattern] of TOKENS) {
    const found = match(pattern, source, at);
    if (found !== undefined) return { kind, text: found[0], at, end: at + found[0].length };
  }
  throw new TemplateFault(at, `${JSON.stringify(source[at])} is not understood here`);
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source) ?? undefined;
}
