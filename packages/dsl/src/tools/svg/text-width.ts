/** Of one character in em; fonts differ, so these are those of a wide one. */
const EM: readonly (readonly [RegExp, number])[] = [
  [/[ilj.,:;|'!]/, 0.34],
  [/[ftr()[\]{}/ -]/, 0.43],
  [/[mwMW@%—]/, 1],
  [/[A-Z&]/, 0.75],
  [/[0-9_=+<>~]/, 0.7],
  [/[a-z]/, 0.64],
  [/[\u1100-\uffff]|[\u{10000}-\u{10ffff}]/u, 1.05],
];
const OTHER = 0.75;
const BOLD = 1.09;

/** How wide a text is at most, in pixels: fonts are not known where a drawing is made. */
export function textWidth(text: string, size: number, isBold = false): number {
  const em = [...text].reduce((sum, character) => sum + emOf(character), 0);
  return em * size * (isBold ? BOLD : 1);
}

function emOf(character: string): number {
  return EM.find(([pattern]) => pattern.test(character))?.[1] ?? OTHER;
}
