import type { Joined, Namespace, Wait } from "@groundplan/sync";

const CREW = "crew";
const LEAVE_MS = 2_000;

/** The processes of a run, each alive as long as its session: how the silent death of instances is found. */
export class Crew {
  readonly #namespace: Namespace;
  readonly #instances = new Set<number>();
  #joining: Promise<Joined> | undefined;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** Enters one more instance; resolves with the name of the process, or undefined on a store without sessions. */
  async enter(seq: number, timeoutMs: number): Promise<string | undefined> {
    this.#instances.add(seq);
    if (!this.#canTell) return undefined;
    const { groups } = this.#namespace;
    const requestId = this.#namespace.requestId();
    // Not by the signal of one instance: the others need it too.
    this.#joining ??= groups.join(CREW, requestId, "null", { requestId, timeoutMs });
    return (await this.#joining).id;
  }

  /** The last instance takes the process along. */
  async leave(seq: number): Promise<void> {
    this.#instances.delete(seq);
    const joining = this.#joining;
    if (this.#instances.size > 0 || joining === undefined) return;
    this.#joining = undefined;
    const mutation = { requestId: this.#namespace.requestId(), timeoutMs: LEAVE_MS };
    // What cannot be told to the store any more ends with the session.
    await joining
      .then((joined) => this.#namespace.groups.leave(joined, "left", mutation))
      .catch(() => {});
  }

  /** The names of all processes that have died so far, each time that one has, until the signal aborts. */
  async *deaths(signal: AbortSignal): AsyncGenerator<readonly string[], void, void> {
    if (!this.#canTell) return;
    const wait: Wait = { signal };
    const { groups } = this.#namespace;
    for (let known = 0; ; ) {
      await groups.changed(CREW, "deaths", known, wait);
      const { deaths, members } = await groups.view(CREW, wait);
      known = deaths;
      yield members.filter(({ status }) => status === "down").map(({ id }) => id);
    }
  }

  get #canTell(): boolean {
    return this.#namespace.store.features.has("groups");
  }
}

const crews = new WeakMap<Namespace, Crew>();

/** The crew as the instances of this process see it. */
export function crewOf(namespace: Namespace): Crew {
  const crew = crews.get(namespace) ?? new Crew(namespace);
  crews.set(namespace, crew);
  return crew;
}
