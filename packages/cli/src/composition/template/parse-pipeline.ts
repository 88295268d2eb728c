import type { Token } from "./lex.ts";
import type { Command, Operand, Pipeline } from "./nodes.ts";
import { TemplateFault } from "./template-fault.ts";
import { describe, type TokenReader } from "./token-reader.ts";

const CONSTANTS: ReadonlyMap<string, boolean | undefined> = new Map([
  ["true", true],
  ["false", false],
  ["nil", undefined],
]);

/** `$x := a b | c`, up to what cannot belong to it. */
export function parsePipeline(tokens: TokenReader): Pipeline {
  const { at } = tokens.peek();
  const { names, declares } = parseNames(tokens);
  const commands = [parseCommand(tokens)];
  while (tokens.skip("symbol", "|")) commands.push(parseCommand(tokens));
  return { at, names, declares, commands };
}

function parseNames(tokens: TokenReader): Pick<Pipeline, "names" | "declares"> {
  const count = countNames(tokens);
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    if (index > 0) tokens.take();
    const { text, at } = tokens.take();
    if (!/^\$\w+$/.test(text)) throw new TemplateFault(at, `${text} cannot be set`);
    names.push(text);
  }
  return { names, declares: count > 0 && tokens.take().text === ":=" };
}

/** Variables before `:=` or `=`. */
function countNames(tokens: TokenReader): number {
  const isVariable = (further: number): boolean => tokens.peek(further).kind === "variable";
  const isSet = (further: number): boolean => /^:?=$/.test(tokens.peek(further).text);
  if (isVariable(0) && isSet(1)) return 1;
  return isVariable(0) && tokens.peek(1).text === "," && isVariable(2) && isSet(3) ? 2 : 0;
}

function parseCommand(tokens: TokenReader): Command {
  const { at } = tokens.peek();
  const first = parseOperand(tokens);
  if (first === undefined) {
    throw new TemplateFault(at, `expected a value, found ${describe(tokens.peek().text)}`);
  }
  const rest: Operand[] = [];
  for (let operand = parseOperand(tokens); operand !== undefined; operand = parseOperand(tokens)) {
    rest.push(operand);
  }
  return { at, first, rest };
}

function parseOperand(tokens: TokenReader): Operand | undefined {
  const token = tokens.peek();
  const { kind, at, text } = token;
  if (kind === "symbol" && text === "(") return parseGroup(tokens);
  const operand = simpleOperand(token);
  if (operand === undefined) return undefined;
  tokens.take();
  const next = tokens.peek();
  const isGlued = next.at === token.end && !/^(close|symbol|end)$/.test(next.kind);
  if (isGlued || (next.at === token.end && next.text === "(")) {
    throw new TemplateFault(next.at, `expected space between ${text} and ${next.text}`);
  }
  return { ...operand, at };
}

function simpleOperand({ kind, text, at }: Token): Operand | undefined {
  switch (kind) {
    case "string":
      return { type: "literal", at, value: textOf(text, at) };
    case "number":
      return { type: "literal", at, value: numberOf(text, at) };
    case "dot":
      return { type: "dot", at, fields: [] };
    case "field":
      return { type: "dot", at, fields: text.slice(1).split(".") };
    case "variable": {
      const [name = "", ...fields] = text.split(".");
      return { type: "variable", at, name, fields };
    }
    case "word":
      return CONSTANTS.has(text)
        ? { type: "literal", at, value: CONSTANTS.get(text) }
        : { type: "function", at, name: text };
    default:
      return undefined;
  }
}

function parseGroup(tokens: TokenReader): Operand {
  const { at } = tokens.take();
  const pipeline = parsePipeline(tokens);
  const close = tokens.peek();
  if (!tokens.skip("symbol", ")")) {
    throw new TemplateFault(close.at, `expected ')', found ${describe(close.text)}`);
  }
  const next = tokens.peek();
  if (next.kind !== "field" || next.at !== close.end) {
    return { type: "group", at, pipeline, fields: [] };
  }
  return { type: "group", at, pipeline, fields: tokens.take().text.slice(1).split(".") };
}

function textOf(text: string, at: number): string {
  if (text.startsWith("`")) return text.slice(1, -1);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TemplateFault(at, `${text} has an escape that is not supported`, { cause });
  }
}

function numberOf(text: string, at: number): bigint | number {
  if (/^[+-]?\d+$/.test(text)) return BigInt(text);
  const value = /^[+-]?\d+\.\d*(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw new TemplateFault(at, `${text} is not a number that is supported`);
}
