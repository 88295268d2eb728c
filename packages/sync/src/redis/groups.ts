import { groupTimeout, idIsTaken, joiningIsOver } from "../atoms/group-errors.ts";
import type { GroupMember } from "../atoms/groups.ts";
import type { MemberWrite, StoreGroups } from "../atoms/store-groups.ts";
import { nameInKey } from "../describe.ts";
import type { SyncError } from "../error.ts";
import { auxiliaryKey, channelOf, sessionKeys, undoKey } from "../keys.ts";
import {
  GROUP_PAGE,
  JOIN_GROUP,
  LEAVE_GROUP,
  REAP_MEMBERS,
  UPDATE_MEMBER,
  WITHDRAW_JOINING,
} from "./group-scripts.ts";
import type { Undo } from "./reaper.ts";
import { asNumber, asPairs, asText } from "./reply.ts";
import type { RunAccess } from "./run-access.ts";
import type { Script } from "./scripts.ts";

const TICKETS_A_REAP = 100;

/** Says that Redis does not know the session any more. */
type Lose = (session: string, why: string) => SyncError;

export function redisGroups(run: RunAccess, base: string, lose: Lose): StoreGroups {
  const { calls, scripts, growth } = run;
  const ask = async (
    script: Script,
    key: string,
    { requestId, session, id }: MemberWrite,
    ...args: readonly (string | number)[]
  ): Promise<string> => {
    const given = [channelOf(deathsOf(key)), requestId, session, id, ...args];
    const [answer] = await scripts.runAnnouncing(script, keysOf(base, key, session), given);
    return asText(answer);
  };
  const write = <T>(key: string, wait: MemberWrite, work: () => Promise<T>): Promise<T> =>
    calls.run(wait, run.writeTimeout(nameInKey(key)), work);
  return {
    join: (key, member) =>
      write(key, member, async () => {
        const answer = await ask(JOIN_GROUP, key, member, member.json);
        if (answer === "session") throw lose(member.session, "Redis has not heard of it in time");
        if (answer === "taken") throw idIsTaken(key, member.id);
        if (answer === "withdrawn") throw joiningIsOver(key, member.id);
        return asNumber(answer.slice(1));
      }),
    update: (key, member) =>
      write(key, member, async () => {
        const { ticket, json } = member;
        return (await ask(UPDATE_MEMBER, key, member, ticket, json)) === "1";
      }),
    leave: (key, member) =>
      write(key, member, async () => {
        const { ticket, as } = member;
        return (await ask(LEAVE_GROUP, key, member, ticket, as)) === "1";
      }),
    withdraw: (key, member) =>
      write(key, member, async () => void (await ask(WITHDRAW_JOINING, key, member))),
    page: (key, after, wait) =>
      calls.run(wait, run.readTimeout(nameInKey(key)), async () => {
        const keys = [key, auxiliaryKey("item", key), auxiliaryKey("que", key)] as const;
        const found = await scripts.runLarge(GROUP_PAGE, [...keys, deathsOf(key)], [after]);
        const [version, deaths, page, isLast] = found;
        return {
          version: asNumber(version),
          deaths: asNumber(deaths),
          members: asPairs(page).map(([id, record]) => memberIn(id, asText(record))),
          isLast: isLast === 1,
        };
      }),
    changed: (key, what, after, wait) => {
      const late = (ms: number): string => groupTimeout(key, what, ms) + scripts.connection.trouble;
      const counted = what === "deaths" ? deathsOf(key) : key;
      return calls.run(wait, late, (stop) => growth.reach(counted, "GET", after + 1, stop));
    },
  };
}

/** Of what was found with a session that has ended: its members are down. */
export function undoMembers({ scripts }: RunAccess, base: string): Undo {
  return async (session, key, tickets) => {
    const keys = keysOf(base, key, session);
    for (let i = 0; i < tickets.length; i += TICKETS_A_REAP) {
      const some = tickets.slice(i, i + TICKETS_A_REAP);
      await scripts.runAnnouncing(REAP_MEMBERS, keys, [channelOf(deathsOf(key)), session, ...some]);
    }
  };
}

function deathsOf(key: string): string {
  return auxiliaryKey("dead", key);
}

function keysOf(base: string, key: string, session: string): readonly [string, ...string[]] {
  const dead = deathsOf(key);
  return [
    key,
    auxiliaryKey("tgt", key),
    auxiliaryKey("item", key),
    auxiliaryKey("que", key),
    auxiliaryKey("req", key),
    dead,
    auxiliaryKey("tgt", dead),
    sessionKeys(base).sess,
    undoKey(base, session),
  ];
}

/** Records are `<ticket>|<version>|<u or d>|<session>|<JSON text>`. */
function memberIn(id: string, record: string): GroupMember {
  const [, ticket = "", version = "", status, json = ""] =
    /^(\d+)\|(\d+)\|(\w)\|[^|]*\|(.*)$/s.exec(record) ?? [];
  return {
    id,
    json,
    status: status === "d" ? "down" : "up",
    ticket: asNumber(ticket),
    version: asNumber(version),
  };
}
