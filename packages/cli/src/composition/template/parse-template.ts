import { lex } from "./lex.ts";
import type { Node, Template } from "./nodes.ts";
import { parsePipeline } from "./parse-pipeline.ts";
import { TemplateFault } from "./template-fault.ts";
import { TokenReader } from "./token-reader.ts";

const WORDS: readonly string[] = [
  ...["if", "else", "end", "with", "range", "break", "continue", "define", "block", "template"],
  ...["true", "false", "nil"],
];

/**
 * Reads a template of Go's `text/template`. Throws a `TemplateFault` for what is none, and for functions that are not
 * there, wherever they stand.
 */
export function parseTemplate(source: string, functions: readonly string[]): Template {
  const definitions = new Map<string, readonly Node[]>();
  const tokens = lex(source);
  const known = new Set([...WORDS, ...functions]);
  const unknown = tokens.find(({ kind, text }) => kind === "word" && !known.has(text));
  if (unknown !== undefined) {
    const all = functions.toSorted().join(", ");
    throw new TemplateFault(unknown.at, `'${unknown.text}' is not supported; there are ${all}`);
  }
  const parser = new Parser(new TokenReader(tokens), definitions);
  return { nodes: parser.all(), definitions };
}

/** What may stand at the end of a block. */
type Stop = "end" | "else";

class Parser {
  readonly #tokens: TokenReader;
  readonly #definitions: Map<string, readonly Node[]>;
  #ranges = 0;

  constructor(tokens: TokenReader, definitions: Map<string, readonly Node[]>) {
    this.#tokens = tokens;
    this.#definitions = definitions;
  }

  all(): readonly Node[] {
    const nodes = this.#nodes();
    const { kind, at } = this.#tokens.peek();
    if (kind === "end") return nodes;
    const { text } = this.#tokens.peek(1);
    throw new TemplateFault(at, `{{${text}}} closes nothing`);
  }

  /** Up to the end of the file, or to an `end` or `else`, which is left. */
  #nodes(): readonly Node[] {
    const nodes: Node[] = [];
    for (;;) {
      const { kind } = this.#tokens.peek();
      if (kind === "end" || this.#isStop()) return nodes;
      if (kind === "text") nodes.push({ type: "text", text: this.#tokens.take().text });
      else nodes.push(...this.#action());
    }
  }

  #isStop(): boolean {
    const { kind, text } = this.#tokens.peek(1);
    return this.#tokens.is("open") && kind === "word" && /^(end|else)$/.test(text);
  }

  #action(): readonly Node[] {
    const { at } = this.#tokens.take();
    const { kind, text } = this.#tokens.peek();
    switch (kind === "word" ? text : "") {
      case "if":
      case "with":
      case "range":
        this.#tokens.take();
        return [this.#control(text as "if" | "with" | "range", at)];
      case "define":
        this.#define(at);
        return [];
      case "block":
        return [this.#block(at)];
      case "template":
        return [this.#template(at)];
      case "break":
      case "continue":
        return [this.#jump(text as "break" | "continue", at)];
      default: {
        const pipeline = parsePipeline(this.#tokens);
        this.#close();
        return [{ type: "action", pipeline }];
      }
    }
  }

  #control(type: "if" | "with" | "range", at: number): Node {
    const pipeline = parsePipeline(this.#tokens);
    if (pipeline.names.length > 1 && type !== "range") {
      throw new TemplateFault(pipeline.at, `${type} sets one variable at most`);
    }
    this.#close();
    if (type === "range") this.#ranges += 1;
    const body = this.#nodes();
    if (type === "range") this.#ranges -= 1;
    return { type, pipeline, body, otherwise: this.#otherwise(type, at) };
  }

  #otherwise(type: string, at: number): readonly Node[] {
    if (this.#stop(type, at) === "end") return [];
    const { kind, text, at: elseAt } = this.#tokens.peek();
    if (kind === "word" && (text === "if" || text === "with") && text === type) {
      this.#tokens.take();
      return [this.#control(type, elseAt)];
    }
    this.#close();
    const nodes = this.#nodes();
    this.#end(type, at);
    return nodes;
  }

  /** The end of a block that has no `else`, or no further one. */
  #end(type: string, at: number): void {
    const stopAt = this.#tokens.peek().at;
    if (this.#stop(type, at) === "else") {
      throw new TemplateFault(
        stopAt,
        `{{else}} cannot stand here: it belongs to no if, with or range`,
      );
    }
  }

  /** Takes `{{end}}`, or of an `{{else …}}` the first word. */
  #stop(type: string, at: number): Stop {
    if (!this.#isStop()) throw new TemplateFault(at, `{{${type}}} has no {{end}}`);
    this.#tokens.take();
    if (this.#tokens.take().text === "else") return "else";
    this.#close();
    return "end";
  }

  #define(at: number): void {
    this.#tokens.take();
    const name = this.#name();
    this.#close();
    this.#definitions.set(name, this.#inside("define", at));
  }

  #block(at: number): Node {
    this.#tokens.take();
    const name = this.#name();
    const pipeline = parsePipeline(this.#tokens);
    this.#close();
    this.#definitions.set(name, this.#inside("block", at));
    return { type: "template", at, name, pipeline };
  }

  /** A range around it is not one that it could leave. */
  #inside(type: string, at: number): readonly Node[] {
    const ranges = this.#ranges;
    this.#ranges = 0;
    const nodes = this.#nodes();
    this.#ranges = ranges;
    this.#end(type, at);
    return nodes;
  }

  #template(at: number): Node {
    this.#tokens.take();
    const name = this.#name();
    const pipeline = this.#tokens.is("close") ? undefined : parsePipeline(this.#tokens);
    this.#close();
    return { type: "template", at, name, pipeline };
  }

  #jump(type: "break" | "continue", at: number): Node {
    this.#tokens.take();
    this.#close();
    if (this.#ranges === 0) throw new TemplateFault(at, `{{${type}}} stands in no range`);
    return { type };
  }

  #name(): string {
    const { text, at } = this.#tokens.expect("string", "a name in quotes");
    if (/^"[^\\]*"$|^`/.test(text)) return text.slice(1, -1);
    throw new TemplateFault(at, `${text} cannot be the name of a template`);
  }

  #close(): void {
    this.#tokens.expect("close", "}}");
  }
}
