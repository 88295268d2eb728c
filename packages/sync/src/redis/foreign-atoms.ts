import type { Atoms } from "../atoms/store.ts";
import { type KeyLayout, withHashTag } from "../keys.ts";

/** Access by Testground's full keys, whatever the keys are there. */
export function foreignAtoms(
  atoms: Atoms<string, string>,
  layout: KeyLayout,
): Atoms<string, string> {
  if (layout === "testground") return atoms;
  return { ...atoms, counters: byTaggedKey(atoms.counters), logs: byTaggedKey(atoms.logs) };
}

/** Operations of an atom take the key first. */
function byTaggedKey<Atom extends object>(atom: Atom): Atom {
  const operations = Object.entries(atom).map(([name, operation]) => [
    name,
    (key: string, ...rest: readonly unknown[]) => operation(withHashTag(key), ...rest),
  ]);
  return Object.fromEntries(operations) as Atom;
}
