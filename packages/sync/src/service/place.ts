import type { Store } from "../atoms/store.ts";
import { SyncError } from "../error.ts";
import { OpenRuns } from "./open-runs.ts";
import type { Work } from "./work.ts";

/** Where a client is connected. */
export interface Seat {
  /** The client is on another connection now. */
  leave(): void;
}

/** What one client of the extension has in the service, on whatever connection. */
export class Place {
  readonly runs: OpenRuns;
  seat: Seat | undefined;
  readonly #lasting = new Map<string, Work>();

  constructor(store: Store, maxRuns: number) {
    this.runs = new OpenRuns(store, maxRuns);
  }

  /** Keeps work that the client will ask for again, by its id. */
  hold(work: Work): void {
    this.#lasting.set(work.id, work);
    work.belongTo(() => this.#lasting.delete(work.id));
  }

  take(id: string): Work | undefined {
    const work = this.#lasting.get(id);
    this.#lasting.delete(id);
    return work;
  }

  close(): void {
    for (const work of this.#lasting.values()) work.abort(connectionEnded());
    this.runs.close();
  }
}

/** The places of all clients, by what they call themselves. */
export class Places {
  readonly #store: Store;
  readonly #maxRuns: number;
  readonly #places = new Map<string, Place>();

  constructor(store: Store, maxRuns: number) {
    this.#store = store;
    this.#maxRuns = maxRuns;
  }

  /** The client's place: the one it had, if it comes back in time, else another. */
  take(client: string, seat: Seat): Place {
    const place = this.#places.get(client) ?? new Place(this.#store, this.#maxRuns);
    const before = place.seat;
    place.seat = seat;
    // What has no name cannot be found again.
    if (client !== "") this.#places.set(client, place);
    before?.leave();
    return place;
  }

  /** The client is gone: for good, or until it is back while a session of it lives. Returns whether it may come back. */
  leave(client: string, place: Place, isForGood: boolean): boolean {
    place.seat = undefined;
    const isKept = !isForGood && client !== "" && place.runs.hasSession;
    if (isKept) void place.runs.sessionsOver().then(() => this.#closeUnlessTaken(client, place));
    else this.#close(client, place);
    return isKept;
  }

  close(): void {
    for (const place of this.#places.values()) place.close();
    this.#places.clear();
  }

  #closeUnlessTaken(client: string, place: Place): void {
    if (place.seat === undefined && !place.runs.hasSession) this.#close(client, place);
  }

  #close(client: string, place: Place): void {
    if (this.#places.get(client) === place) this.#places.delete(client);
    place.close();
  }
}

export function connectionEnded(): SyncError {
  return new SyncError("closed", "the connection to the client ended");
}
