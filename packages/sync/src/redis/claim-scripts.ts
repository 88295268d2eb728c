import { ACQUIRE, ACQUIRE_ALL, CHECK } from "./claim-acquire-scripts.ts";
import { CANCEL, REAP } from "./claim-end-scripts.ts";
import { RELEASE, RENEW, SHRINK } from "./claim-hold-scripts.ts";
import { INSPECT, RESIZE } from "./claim-queue-scripts.ts";
import type { Script } from "./scripts.ts";

export const CLAIM_SCRIPTS: readonly Script[] = [
  ACQUIRE,
  ACQUIRE_ALL,
  CHECK,
  RENEW,
  SHRINK,
  RELEASE,
  CANCEL,
  RESIZE,
  INSPECT,
  REAP,
];
