/** JSON with the properties of every object in order of their names. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner) ? sorted(inner) : inner,
  );
}

function sorted(owner: object): object {
  return Object.fromEntries(Object.entries(owner).sort(([a], [b]) => (a < b ? -1 : 1)));
}
