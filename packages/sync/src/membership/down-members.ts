import type { Groups } from "../atoms/groups.ts";
import type { Wait } from "../wait.ts";

/** Who is down in a group, looked up only after somebody died: a group without deaths is never read. */
export class DownMembers {
  readonly #groups: Groups;
  readonly #group: string;
  #deaths = 0;
  #down: ReadonlySet<string> = new Set();

  constructor(groups: Groups, group: string) {
    this.#groups = groups;
    this.#group = group;
  }

  /** Those who were down when it was last looked. */
  has(id: string): boolean {
    return this.#down.has(id);
  }

  async look(wait: Wait): Promise<void> {
    const { deaths, members } = await this.#groups.view(this.#group, wait);
    this.#deaths = deaths;
    this.#down = new Set(members.filter(({ status }) => status === "down").map(({ id }) => id));
  }

  /** Resolves once there has been a death since the last look; at once if there was no look, and ever a death. */
  another(wait: Wait): Promise<void> {
    return this.#groups.changed(this.#group, "deaths", this.#deaths, wait);
  }

  /** Those who are down. */
  ids(): readonly string[] {
    return [...this.#down];
  }
}
