/** The text, or as much of its start as takes `maxBytes` inside a JSON string, with a note of what was cut. */
export function clip(text: string, maxBytes: number): string {
  if (text.length * LONGEST_ESCAPE <= maxBytes) return text;
  const total = jsonBytes(text);
  if (total <= maxBytes) return text;
  const room = maxBytes - jsonBytes(noteOf(total));
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += jsonBytes(character);
    if (used > room) break;
    end += character.length;
  }
  const kept = text.slice(0, end);
  return kept + noteOf(total - jsonBytes(kept));
}

const LONGEST_ESCAPE = 6;

function noteOf(bytes: number): string {
  return ` … (${bytes} bytes more)`;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}
