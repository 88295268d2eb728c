import type { Cast } from "../cast.ts";
import type { Member } from "../member.ts";

/** The process of each instance, by the number it joined with, where it is known. */
export type Processes = ReadonlyMap<number, string>;

const NOBODY: ReadonlySet<number> = new Set();

/** Everybody who takes part in a run, as all instances of a process see them. */
export class Company {
  readonly cast: Cast;
  readonly #bySeq: ReadonlyMap<number, Member>;
  readonly #byRoles = new Map<string, readonly Member[]>();
  readonly #processes: Processes;

  constructor(cast: Cast, processes: Processes = new Map()) {
    this.cast = cast;
    this.#processes = processes;
    this.#bySeq = new Map(
      cast.members.map(({ seq, id, role, group }) => [seq, Object.freeze({ id, role, group })]),
    );
  }

  /** The member that joined with this number. */
  withSeq(seq: number): Member | undefined {
    return this.#bySeq.get(seq);
  }

  withId(id: number): Member | undefined {
    return this.cast.members[id - 1];
  }

  /** The members whose instances these processes run. */
  ofProcesses(names: readonly string[]): readonly Member[] {
    const wanted = new Set(names);
    return this.cast.members.filter(({ seq }) => wanted.has(this.#processes.get(seq) ?? ""));
  }

  /** All that are not gone, in order of id. */
  living(gone: ReadonlySet<number>): readonly Member[] {
    return this.of(Object.keys(this.cast.roles), gone);
  }

  /** The members of these roles, in order of id, without those who are gone. Looked up once for each of both. */
  of(roles: readonly string[], gone: ReadonlySet<number> = NOBODY): readonly Member[] {
    const key = `${roles.join(" ")}|${[...gone].sort((a, b) => a - b).join(" ")}`;
    const members =
      this.#byRoles.get(key) ??
      this.cast.members.filter(({ id, role }) => roles.includes(role) && !gone.has(id));
    this.#byRoles.set(key, members);
    return members;
  }
}
