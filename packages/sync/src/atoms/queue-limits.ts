/** Priorities go from -1,000 to 1,000, so that an order stays exact beside a trillion items. */
export const MAX_PRIORITY = 1_000;

/** Items of one priority before all of a lower one: an order is `seq - priority * PRIORITY_STEP`. */
export const PRIORITY_STEP: number = 2 ** 40;

/** How many due items, and how many whose lease ran out, one operation sees to. */
export const MOVED_AT_ONCE = 100;

/** Where a delivery of several items ends that could grow with them. */
export const TAKEN_BYTES: number = 1024 * 1024;
