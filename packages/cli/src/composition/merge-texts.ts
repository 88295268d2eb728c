type Texts = Readonly<Record<string, string>>;

/** Layers of texts, the first the highest. A lower one fills in what is missing above it, or empty. */
export function mergeTexts(...layers: readonly Texts[]): Texts {
  const merged: Record<string, string> = {};
  for (const [name, text] of layers.flatMap((layer) => Object.entries(layer))) {
    if (!Object.hasOwn(merged, name) || merged[name] === "") merged[name] = text;
  }
  return merged;
}
