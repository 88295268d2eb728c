const NEWLINE = 0x0a;

/** Passes bytes on with a line feed wherever a line would exceed `maxBytes`: Testground stops reading there. */
export function lineBreaker(maxBytes: number): (chunk: Buffer) => Buffer {
  let column = 0;
  return (chunk) => {
    const parts: Buffer[] = [];
    for (const line of linesOf(chunk)) {
      let rest = line;
      while (column + rest.length > maxBytes) {
        const end = characterStart(rest, maxBytes - column);
        parts.push(rest.subarray(0, end), Buffer.of(NEWLINE));
        rest = rest.subarray(end);
        column = 0;
      }
      parts.push(rest);
      column = rest.at(-1) === NEWLINE ? 0 : column + rest.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  };
}

function* linesOf(chunk: Buffer): Generator<Buffer> {
  let start = 0;
  while (start < chunk.length) {
    const at = chunk.indexOf(NEWLINE, start);
    const end = at < 0 ? chunk.length : at + 1;
    yield chunk.subarray(start, end);
    start = end;
  }
}

/** Not to cut a character in two: where the one at `at` starts. */
function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  return start;
}
