import type { Token, TokenKind } from "./lex.ts";
import { TemplateFault } from "./template-fault.ts";

/** Tokens, read one after the other. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The one after those taken, or so many further on; the last one again at the end. */
  peek(further = 0): Token {
    const token = this.#tokens[this.#next + further] ?? this.#tokens.at(-1);
    return token ?? { kind: "end", text: "", at: 0, end: 0 };
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  is(kind: TokenKind, text?: string): boolean {
    const token = this.peek();
    return token.kind === kind && (text === undefined || token.text === text);
  }

  /** Takes the next one if it is that. */
  skip(kind: TokenKind, text?: string): boolean {
    if (!this.is(kind, text)) return false;
    this.#next += 1;
    return true;
  }

  /** Takes the next one, which must be that. */
  expect(kind: TokenKind, what: string): Token {
    if (this.is(kind)) return this.take();
    const { at, text } = this.peek();
    throw new TemplateFault(at, `expected ${what}, found ${describe(text)}`);
  }
}

/** A token's text for a message. */
export function describe(text: string): string {
  return text === "" ? "the end of the file" : `'${text}'`;
}
