/** Everything a store of ours carries. Testground's own sync service has the first two only. */
export const FEATURES = [
  "counters",
  "logs",
  "requestIds",
  "epoch",
  "records",
  "drop",
  "targets",
  "registers",
  "rates",
  "queues",
  "sessions",
  "claims",
  "groups",
] as const;

/**
 * What a store can carry. `counters` and `logs` every store has; `requestIds`: a repeated write counts once and the
 * contributors of a counter are known by name; `epoch`: the loss of its state is noticed; `records`: what instances
 * last said of themselves; `drop`: a run can be removed; `targets`: counters are added to in steps and conditionally,
 * and awaited by declared targets and rounds; `registers`: single values with versions; `rates`: how often something
 * may happen; `queues`: work that is handed out until it is done; `sessions`: what a process holds is given back when it
 * dies; `claims`: queues for what only so many may hold; `groups`: who is there, and who died.
 */
export type Feature = (typeof FEATURES)[number];
