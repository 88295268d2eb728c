import { EXTEND_ITEMS, PUT_ITEM, SETTLE_ITEM, TAKE_ITEMS } from "./queue-item-scripts.ts";
import { DEAD_LETTERS, QUEUE_SIZES, REMOVE_ITEM } from "./queue-view-scripts.ts";
import type { Script } from "./scripts.ts";

export const QUEUE_SCRIPTS: readonly Script[] = [
  PUT_ITEM,
  TAKE_ITEMS,
  SETTLE_ITEM,
  EXTEND_ITEMS,
  REMOVE_ITEM,
  QUEUE_SIZES,
  DEAD_LETTERS,
];
