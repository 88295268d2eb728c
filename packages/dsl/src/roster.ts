import type { Collected } from "./located.ts";
import type { Member } from "./member.ts";
import type { RoleData } from "./roles.ts";

/**
 * The values of these members as a body gets them: in order of id, and by role. A member without a
 * value is left out; a role of many without any is an empty list.
 *
 * @param values by member id.
 * @param roles the roles that gave values, of which each becomes a property.
 */
export function makeRoster<T>(
  members: readonly Member[],
  values: ReadonlyMap<number, T>,
  roles: Readonly<Record<string, RoleData>>,
): Collected<T> {
  const roster = new Roster(members, values);
  for (const [name, { kind }] of Object.entries(roles)) {
    const own = Object.freeze(roster.ofRole(name));
    if (kind === "one" && own.length === 0) continue;
    const value = kind === "one" ? own[0] : own;
    Object.defineProperty(roster, name, { value, enumerable: true });
  }
  return Object.freeze(roster);
}

class Roster<T> implements Collected<T> {
  readonly #entries = new Map<number, readonly [Member, T]>();

  constructor(members: readonly Member[], values: ReadonlyMap<number, T>) {
    for (const member of [...members].sort((a, b) => a.id - b.id)) {
      // A value may be undefined, so its presence is asked for apart.
      if (values.has(member.id)) this.#entries.set(member.id, [member, values.get(member.id) as T]);
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  of(member: Member | number): T {
    const id = idOf(member);
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry[1];
    const known = [...this.#entries.keys()].map((each) => `#${each}`).join(", ") || "nobody";
    throw new RangeError(`this roster has no value of #${id}, only of ${known}`);
  }

  has(member: Member | number): boolean {
    return this.#entries.has(idOf(member));
  }

  *entries(): IterableIterator<[Member, T]> {
    for (const [member, value] of this.#entries.values()) yield [member, value];
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const [, value] of this.#entries.values()) yield value;
  }

  ofRole(role: string): readonly T[] {
    return [...this.entries()].filter(([member]) => member.role === role).map(([, value]) => value);
  }
}

function idOf(member: Member | number): number {
  return typeof member === "number" ? member : member.id;
}
