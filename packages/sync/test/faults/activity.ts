import type { Namespace, SyncClient, Wait } from "@groundplan/sync";
import type { Random } from "./random.ts";
import type { Violation } from "./violation.ts";

/** One virtual instance in one activity of a schedule. */
export interface Instance {
  /** From 0. */
  readonly index: number;
  /** How many instances take part, in all processes together. */
  readonly count: number;
  readonly rounds: number;
  readonly namespace: Namespace;
  readonly client: SyncClient;
  /** A second run, that an activity may abort without ending the others. */
  readonly doomedRun: SyncClient;
  readonly random: Random;
  /** Performs one operation; rejects with {@link Hang} if it keeps to no deadline. */
  do<T>(what: string, operation: (wait: Wait) => Promise<T>): Promise<T>;
  /** A moment, so that faults meet the operations everywhere. */
  pause(): Promise<void>;
}

/** An operation that was settled neither by the store nor by its own deadline. */
export class Hang extends Error {}

/** What one instance saw: JSON, because it may have run in another process. */
interface Sight<Note> {
  readonly instance: number;
  readonly notes: readonly Note[];
}

export interface Outcome<Note> {
  readonly sights: readonly Sight<Note>[];
  readonly rounds: number;
  /** Nothing was lost and nobody gave up: all that was to be seen was seen. */
  readonly isWhole: boolean;
  /** What {@link ActivityOf.afterwards} resolved with. */
  readonly afterwards: unknown;
}

export interface ActivityOf<Note> {
  readonly name: string;
  perform(instance: Instance, note: (note: Note) => void): Promise<void>;
  /** Looks once more when all is over and every late request has arrived. */
  readonly afterwards?: (namespace: Namespace) => Promise<unknown>;
  check(outcome: Outcome<Note>): readonly Violation[];
}

/** Of whatever notes: those that an activity checks are those that it took. */
export type Activity = ActivityOf<unknown>;

export function activity<Note>(of: ActivityOf<Note>): Activity {
  return {
    ...of,
    check: (outcome) => of.check(outcome as Outcome<Note>),
  };
}

export function allNotes<Note>({ sights }: Outcome<Note>): readonly Note[] {
  return sights.flatMap(({ notes }) => notes);
}
