import { messageOf } from "../../command-error.ts";
import { type Frame, frameOf, inside } from "./frame.ts";
import type { TemplateFunction } from "./functions.ts";
import type { Command, Node, Operand, Pipeline, Template } from "./nodes.ts";
import { TemplateFault } from "./template-fault.ts";
import { isMap, isTrue, kindOf, print, type Value } from "./values.ts";

export interface RenderOptions {
  /** What the dot is at first. */
  readonly data: Value;
  readonly functions: Readonly<Record<string, TemplateFunction>>;
}

/** The text of a template. Throws a `TemplateFault` for what cannot be evaluated. */
export function render({ nodes, definitions }: Template, options: RenderOptions): string {
  return new Rendering(definitions, options.functions).text(nodes, options.data);
}

type Jump = "break" | "continue" | undefined;

/** A template that is rendered within itself goes on for ever. */
const DEEPEST = 100;

class Rendering {
  readonly #definitions: Template["definitions"];
  readonly #functions: RenderOptions["functions"];
  #out = "";
  #depth = 0;

  constructor(definitions: Template["definitions"], functions: RenderOptions["functions"]) {
    this.#definitions = definitions;
    this.#functions = functions;
  }

  text(nodes: readonly Node[], data: Value): string {
    this.#walk(nodes, frameOf(data));
    return this.#out;
  }

  #walk(nodes: readonly Node[], frame: Frame): Jump {
    for (const node of nodes) {
      const jump = this.#visit(node, frame);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #visit(node: Node, frame: Frame): Jump {
    switch (node.type) {
      case "text":
        this.#out += node.text;
        return undefined;
      case "action": {
        const value = this.#evaluate(node.pipeline, frame);
        if (node.pipeline.names.length === 0) this.#out += print(value);
        return undefined;
      }
      case "template":
        this.#include(node, frame);
        return undefined;
      case "if":
      case "with":
        return this.#choose(node, inside(frame));
      case "range":
        return this.#repeat(node, inside(frame));
      default:
        return node.type;
    }
  }

  #choose(
    { type, pipeline, body, otherwise }: Extract<Node, { type: "if" | "with" | "range" }>,
    frame: Frame,
  ): Jump {
    const value = this.#evaluate(pipeline, frame);
    if (!isTrue(value)) return this.#walk(otherwise, frame);
    return this.#walk(body, type === "with" ? { ...frame, dot: value } : frame);
  }

  #repeat(
    { pipeline, body, otherwise }: Extract<Node, { type: "if" | "with" | "range" }>,
    frame: Frame,
  ): Jump {
    const value = this.#evaluate({ ...pipeline, names: [] }, frame);
    const entries = entriesOf(value, pipeline.at);
    if (entries.length === 0) return this.#walk(otherwise, frame);
    for (const [key, element] of entries) {
      const each = { dot: element, variables: inside(frame).variables };
      const values = pipeline.names.length === 1 ? [element] : [key, element];
      for (const [index, name] of pipeline.names.entries()) {
        this.#set(pipeline, name, values[index], each);
      }
      if (this.#walk(body, each) === "break") break;
    }
    return undefined;
  }

  #include({ at, name, pipeline }: Extract<Node, { type: "template" }>, frame: Frame): void {
    const nodes = this.#definitions.get(name);
    if (nodes === undefined) throw new TemplateFault(at, `there is no template "${name}"`);
    if (this.#depth >= DEEPEST) throw new TemplateFault(at, `"${name}" goes on within itself`);
    const data = pipeline === undefined ? undefined : this.#evaluate(pipeline, frame);
    this.#depth += 1;
    this.#walk(nodes, frameOf(data));
    this.#depth -= 1;
  }

  #evaluate(pipeline: Pipeline, frame: Frame): Value {
    const values = pipeline.commands.reduce<readonly Value[]>(
      (last, command) => [this.#command(command, last, frame)],
      [],
    );
    for (const name of pipeline.names) this.#set(pipeline, name, values[0], frame);
    return values[0];
  }

  #set({ at, declares }: Pipeline, name: string, value: Value, { variables }: Frame): void {
    if (declares) variables.declare(name, value);
    else {
      const where = variables.find(name);
      if (where === undefined) throw new TemplateFault(at, `the variable ${name} is not declared`);
      where.set(name, value);
    }
  }

  #command({ at, first, rest }: Command, piped: readonly Value[], frame: Frame): Value {
    const args = [...rest.map((operand) => this.#operand(operand, frame)), ...piped];
    if (first.type === "function") return this.#call(first.name, args, first.at);
    if (args.length > 0) throw new TemplateFault(at, "what is no function takes no arguments");
    return this.#operand(first, frame);
  }

  #call(name: string, args: readonly Value[], at: number): Value {
    const found = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (found === undefined) throw new TemplateFault(at, `'${name}' is no function`);
    if (args.length < found.least || args.length > found.most) {
      throw new TemplateFault(at, `${name} takes ${takes(found)}, not ${args.length}`);
    }
    try {
      return found.call(...args);
    } catch (cause) {
      throw new TemplateFault(at, `${name}: ${messageOf(cause)}`, { cause });
    }
  }

  #operand(operand: Operand, frame: Frame): Value {
    const { at } = operand;
    switch (operand.type) {
      case "literal":
        return operand.value;
      case "function":
        return this.#call(operand.name, [], at);
      case "dot":
        return fieldOf(frame.dot, operand.fields, at);
      case "group":
        return fieldOf(this.#evaluate(operand.pipeline, frame), operand.fields, at);
      default: {
        const where = frame.variables.find(operand.name);
        if (where !== undefined) return fieldOf(where.get(operand.name), operand.fields, at);
        throw new TemplateFault(at, `the variable ${operand.name} is not declared`);
      }
    }
  }
}

/** What a table does not have is nothing, and prints as `<no value>`. */
function fieldOf(value: Value, fields: readonly string[], at: number): Value {
  return fields.reduce<Value>((table, name) => {
    if (isMap(table)) return Object.hasOwn(table, name) ? table[name] : undefined;
    throw new TemplateFault(at, `${kindOf(table)} has no field '${name}'`);
  }, value);
}

/** A table's in the order of its keys. */
function entriesOf(value: Value, at: number): readonly (readonly [Value, Value])[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((element, index) => [BigInt(index), element]);
  if (!isMap(value)) throw new TemplateFault(at, `range cannot go over ${kindOf(value)}`);
  return Object.keys(value)
    .sort()
    .map((key) => [key, value[key]]);
}

function takes({ least, most }: TemplateFunction): string {
  if (most === Number.POSITIVE_INFINITY) return `${least} arguments or more`;
  return least === most ? `${least} arguments` : `${least} to ${most} arguments`;
}
