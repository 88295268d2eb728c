import type { Member } from "../member.ts";

/** Which of the members it is, from 1. They are in order of id. */
export function placeOf({ id }: Member, members: readonly Member[]): number {
  let [low, high] = [0, members.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((members[middle]?.id ?? id) < id) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}
