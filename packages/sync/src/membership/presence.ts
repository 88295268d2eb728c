import type { Joined } from "../atoms/groups.ts";
import type { Namespace } from "../atoms/store.ts";
import type { RunWaits } from "../run-waits.ts";
import { SharedWork } from "../shared-work.ts";
import type { Wait } from "../wait.ts";

/** No ticket is behind it: a page from here on says how much has changed, and names nobody. */
const BEHIND_ALL = Number.MAX_SAFE_INTEGER;

/** Makes the death of this process known in a group, and tells of the deaths of others. */
export class Presence {
  readonly #namespace: Namespace;
  readonly #waits: RunWaits;
  readonly #group: string;
  readonly #joining: SharedWork;
  #joined: Joined | undefined;
  #deaths = 0;

  constructor(namespace: Namespace, waits: RunWaits, group: string) {
    this.#namespace = namespace;
    this.#waits = waits;
    this.#group = group;
    this.#joining = new SharedWork(() => this.#join());
  }

  /** Resolves once the others would notice; with how many deaths there have been, or fewer. */
  async announced(wait: Wait): Promise<number> {
    if (this.#joined === undefined || this.#joined.lost.aborted) await this.#joining.join(wait);
    return this.#deaths;
  }

  /** Resolves once there have been more deaths. */
  async death(after: number, wait: Wait): Promise<void> {
    const { groups } = this.#namespace;
    await this.#waits.wait(wait, (w) => groups.changed(this.#group, "deaths", after, w));
    await this.#count(wait);
  }

  async #join(): Promise<void> {
    const { groups } = this.#namespace;
    this.#joined = await this.#waits.write({}, (m) =>
      groups.join(this.#group, m.requestId, "null", m),
    );
    await this.#count({});
  }

  async #count(wait: Wait): Promise<void> {
    const { groups } = this.#namespace;
    const { deaths } = await this.#waits.wait(wait, (w) => groups.page(this.#group, BEHIND_ALL, w));
    this.#deaths = Math.max(this.#deaths, deaths);
  }
}
