/** What an instance did, when, in which stage. The same in every kind of run. */
export interface JournalEvent {
  /** Milliseconds since the roster was complete. */
  readonly t: number;
  readonly id: number;
  readonly role: string;
  readonly group: string;
  /** With its round: `"ping/rtt#3"`. */
  readonly stage: string;
  readonly event:
    | "enter"
    | "turn"
    | "attempt"
    | "act"
    | "wait"
    | "leave"
    | "fail"
    | "abort"
    /** `text`: who is lost, and how. */
    | "lost"
    | "log"
    | "cleanup";
  /** With `wait`: how many instances must have acted. */
  readonly need?: number;
  /** With `attempt`: which one, from 2; `text` is what the one before it threw. */
  readonly attempt?: number;
  readonly text?: string;
}

/** Receives the events of one instance, in order. Must not throw. */
export type Journal = (event: JournalEvent) => void;
