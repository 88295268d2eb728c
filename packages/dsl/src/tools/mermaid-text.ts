/** A text as Mermaid takes it in any place: what has a meaning there becomes an entity. */
export function mermaidText(text: string): string {
  return text.replace(/[#;<>"&:{}()[\]|%]/g, (character) => `#${character.codePointAt(0)};`);
}

/** An id that no name can break: Mermaid has words of its own, such as `end`. */
export function mermaidId(prefix: string, index: number): string {
  return `${prefix}${index + 1}`;
}
