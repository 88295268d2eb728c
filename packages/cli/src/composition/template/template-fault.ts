/** Something wrong with a template, at a place in its text. */
export class TemplateFault extends Error {
  /** Characters from the start of the text. */
  readonly at: number;

  constructor(at: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TemplateFault";
    this.at = at;
  }
}

/** `7:12`: line and column, both from 1. */
export function positionOf(source: string, at: number): string {
  const before = source.slice(0, at).split("\n");
  return `${before.length}:${(before.at(-1) ?? "").length + 1}`;
}
