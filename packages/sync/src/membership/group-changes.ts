import type { GroupLooks } from "../atoms/group-reach.ts";
import type { GroupChange, GroupMember, GroupView } from "../atoms/groups.ts";
import type { Wait } from "../wait.ts";

/** What there is, then what makes each later look at the group differ from the one before. */
export async function* watchGroup(
  { view, changed }: GroupLooks,
  wait: Wait,
): AsyncGenerator<GroupChange, void, void> {
  let seen = await view(wait);
  yield { type: "snapshot", members: seen.members };
  for (;;) {
    await changed(seen.version, wait);
    const next = await view(wait);
    yield* changesBetween(seen, next);
    seen = next;
  }
}

/** In the order of the changes; who has left comes first. */
export function changesBetween(before: GroupView, after: GroupView): readonly GroupChange[] {
  const old = byId(before);
  const now = byId(after);
  const gone = before.members.filter(({ id, ticket, status }) => {
    const there = now.get(id);
    // Who joins again after it went down has not left in between.
    return there === undefined || (there.ticket !== ticket && status === "up");
  });
  const changed = after.members
    .filter(({ id, version }) => old.get(id)?.version !== version)
    .sort((a, b) => a.version - b.version);
  return [
    ...gone.map((member): GroupChange => ({ type: "left", member })),
    ...changed.flatMap((member) => changesOf(old.get(member.id), member)),
  ];
}

function changesOf(before: GroupMember | undefined, member: GroupMember): readonly GroupChange[] {
  const changes: GroupChange[] = [];
  if (before?.ticket !== member.ticket) changes.push({ type: "joined", member });
  else if (before.json !== member.json) changes.push({ type: "updated", member });
  if (member.status === "down") changes.push({ type: "down", member });
  return changes;
}

function byId({ members }: GroupView): ReadonlyMap<string, GroupMember> {
  return new Map(members.map((member) => [member.id, member]));
}
