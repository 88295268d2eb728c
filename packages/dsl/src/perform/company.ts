import type { Cast } from "../cast.ts";
import type { Member } from "../member.ts";

/** Everybody who takes part in a run, as all instances of a process see them. */
export class Company {
  readonly cast: Cast;
  readonly #bySeq: ReadonlyMap<number, Member>;
  readonly #byRoles = new Map<string, readonly Member[]>();

  constructor(cast: Cast) {
    this.cast = cast;
    this.#bySeq = new Map(
      cast.members.map(({ seq, id, role, group }) => [seq, Object.freeze({ id, role, group })]),
    );
  }

  /** The member that joined with this number. */
  withSeq(seq: number): Member | undefined {
    return this.#bySeq.get(seq);
  }

  /** The members of these roles, in order of id. Looked up once for each set of roles. */
  of(roles: readonly string[]): readonly Member[] {
    const key = roles.join(" ");
    const members =
      this.#byRoles.get(key) ?? this.cast.members.filter(({ role }) => roles.includes(role));
    this.#byRoles.set(key, members);
    return members;
  }
}
