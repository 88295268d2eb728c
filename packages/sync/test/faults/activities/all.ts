import type { Activity } from "../activity.ts";
import { aborting } from "./aborting.ts";
import { addingUp } from "./adding-up.ts";
import { counting } from "./counting.ts";
import { dining } from "./dining.ts";
import { excluding } from "./excluding.ts";
import { gathering } from "./gathering.ts";
import { givingUp } from "./giving-up.ts";
import { meeting } from "./meeting.ts";
import { mourning } from "./mourning.ts";
import { reporting } from "./reporting.ts";
import { talking } from "./talking.ts";
import { turns } from "./turns.ts";

/** What schedules choose from. */
export const ACTIVITIES: readonly Activity[] = [
  counting,
  meeting,
  turns,
  talking,
  gathering,
  givingUp,
  reporting,
  aborting,
  addingUp,
  excluding,
  dining,
];

/** For schedules in which a process is killed. */
export const MOURNING: Activity = mourning;

export function activityNamed(name: string): Activity {
  const found = [...ACTIVITIES, MOURNING].find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no activity "${name}"`);
  return found;
}
