/** What a stage asks of the store, each time it is visited. */
export interface Traffic {
  /** Writes: arrivals, signals and values. */
  readonly acts: number;
  /** What comes back to those who wait: releases, and values each on its own. */
  readonly reads: number;
  readonly bytes: number;
}

/** A write or a read of a counter, with its key and what frames it. */
const CONTROL_BYTES = 64;
/** What a value is wrapped in. */
const ENTRY_BYTES = 48;
export const NONE: Traffic = { acts: 0, reads: 0, bytes: 0 };

/** The traffic of several, or of several visits. */
export function sum(each: readonly Traffic[]): Traffic {
  return each.reduce(
    (total, { acts, reads, bytes }) => ({
      acts: total.acts + acts,
      reads: total.reads + reads,
      bytes: total.bytes + bytes,
    }),
    NONE,
  );
}

export function repeated({ acts, reads, bytes }: Traffic, visits: number): Traffic {
  return { acts: acts * visits, reads: reads * visits, bytes: bytes * visits };
}

/** Acts, doubled where the stage has a wire name. */
export function wired(acts: number, wire: string | undefined): number {
  return wire === undefined ? acts : 2 * acts;
}

/** Writes to a counter, and what they release. */
export function control(acts: number, reads: number): Traffic {
  return { acts, reads, bytes: (acts + reads) * CONTROL_BYTES };
}

/** Values of so many bytes that are written and read. */
export function values(acts: number, reads: number, size: number): Traffic {
  return { acts, reads, bytes: (acts + reads) * (size + ENTRY_BYTES) };
}

/** The last ones are let in by those before them; who is among the first does not ask. */
export function turns(members: number, concurrency: number | undefined): Traffic {
  if (concurrency === undefined || members <= concurrency) return NONE;
  return control(members, members - concurrency);
}
