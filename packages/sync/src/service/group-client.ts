import { groupTimeout } from "../atoms/group-errors.ts";
import type { GroupMember, GroupPage } from "../atoms/groups.ts";
import type { JoinedWrite, MemberWrite, StoreGroups } from "../atoms/store-groups.ts";
import type { Wait } from "../wait.ts";
import type { Caller } from "./caller.ts";
import { type Frame, frameIn, framesIn, textIn, wholeIn } from "./fields.ts";
import { SharedWaits } from "./shared-waits.ts";

/** The groups of the store behind the service, by full key. */
export function groupClient(caller: Caller): StoreGroups {
  const { address } = caller;
  const changes = new SharedWaits<void>();
  const call = <T>(op: string, wait: Wait, args: Frame, read: (frame: Frame) => T): Promise<T> =>
    caller.call(op, { args, wait: { signal: wait.signal, timeoutMs: wait.timeoutMs }, read });
  const member = (key: string, { id, session, requestId }: MemberWrite): Frame => ({
    name: address.group(key),
    id,
    session,
    requestId,
  });
  const joined = (key: string, write: JoinedWrite): Frame => ({
    ...member(key, write),
    ticket: write.ticket,
  });
  return {
    join: (key, write) => {
      const args = { ...member(key, write), json: write.json };
      return call("groups.join", write, args, (frame) => wholeIn(frame, "result"));
    },
    update: (key, write) =>
      call("groups.update", write, { ...joined(key, write), json: write.json }, isTrue),
    leave: (key, write) =>
      call("groups.leave", write, { ...joined(key, write), as: write.as }, isTrue),
    withdraw: (key, write) => call("groups.withdraw", write, member(key, write), () => {}),
    page: (key, after, wait) =>
      call("groups.page", wait, { name: address.group(key), after }, pageIn),
    changed: (key, what, after, wait) =>
      changes.wait(
        JSON.stringify([key, what, after]),
        wait,
        (ms) => groupTimeout(key, what, ms),
        (signal) =>
          call("groups.changed", { signal }, { name: address.group(key), what, after }, () => {}),
      ),
  };
}

function isTrue(frame: Frame): boolean {
  return frame["result"] === true;
}

function pageIn(frame: Frame): GroupPage {
  const page = frameIn(frame, "result");
  return {
    version: wholeIn(page, "version"),
    deaths: wholeIn(page, "deaths"),
    members: framesIn(page, "members").map(memberIn),
    isLast: page["isLast"] === true,
  };
}

function memberIn(member: Frame): GroupMember {
  return {
    id: textIn(member, "id"),
    json: textIn(member, "json"),
    status: textIn(member, "status") === "down" ? "down" : "up",
    ticket: wholeIn(member, "ticket"),
    version: wholeIn(member, "version"),
  };
}
