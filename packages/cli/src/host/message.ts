import type { JournalEvent } from "@groundplan/dsl";

/** Which instance of the run: its group, and its number there from 0. */
export interface Seat {
  readonly group: string;
  readonly ordinal: number;
}

/** How an instance ended, as its process says it. */
export interface EndReport {
  readonly type: "ok" | "failed" | "crashed" | "aborted";
  readonly error?: string;
  /** The code of what ended it, for failures that are the user's to correct. */
  readonly code?: string;
}

/** What instances did, in order. */
export interface JournalMessage {
  readonly type: "journal";
  readonly entries: readonly (Seat & { readonly event: JournalEvent })[];
}

/** What a host process tells the runner. */
export type HostMessage =
  | JournalMessage
  | (Seat & { readonly type: "end"; readonly end: EndReport });
