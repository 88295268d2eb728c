import type { JournalEvent } from "@groundplan/dsl";
import type { EndReport, Seat } from "../host/message.ts";

/** What the runner knows of one instance. */
export interface InstanceState extends Seat {
  /** Once the roster is complete. */
  readonly id?: number;
  readonly role?: string;
  /** The last stage it was seen in. */
  readonly stage?: string;
  readonly isWaiting?: boolean;
  readonly end?: End;
}

/** As the instance said, or as its runner found. */
export type End = EndReport | { readonly type: "died"; readonly error: string };

/** The instances of the run, as their processes describe them. */
export class InstanceTable {
  readonly #states = new Map<string, InstanceState>();

  constructor(seats: readonly Seat[]) {
    for (const seat of seats) this.#states.set(nameOf(seat), seat);
  }

  /** In the order of their groups and ordinals. */
  all(): readonly InstanceState[] {
    return [...this.#states.values()];
  }

  get(seat: Seat): InstanceState {
    return this.#states.get(nameOf(seat)) ?? seat;
  }

  note(seat: Seat, { id, role, stage, event }: JournalEvent): void {
    const state = this.get(seat);
    const isWaiting = event === "wait" || (event === "log" && state.isWaiting === true);
    const at = event === "abort" || event === "cleanup" ? (state.stage ?? stage) : stage;
    this.#set(seat, { ...state, id, role, stage: at, isWaiting });
  }

  end(seat: Seat, end: End): void {
    const state = this.get(seat);
    if (state.end === undefined) this.#set(seat, { ...state, end });
  }

  #set({ group, ordinal }: Seat, state: InstanceState): void {
    this.#states.set(nameOf({ group, ordinal }), { ...state, group, ordinal });
  }
}

function nameOf({ group, ordinal }: Seat): string {
  return `${group}/${ordinal}`;
}

/** `#4 (peer)`, or `single[3]` before it has an id. */
export function describeInstance({ id, role, group, ordinal }: InstanceState): string {
  return id === undefined ? `${group}[${ordinal}]` : `#${id} (${role})`;
}
