import { GUARD, KEEP, REPLY_BYTES } from "./lua.ts";
import type { Script } from "./scripts.ts";

/*
 * What every script that changes a group has:
 * KEYS  meta, group (its changes), its tgt, its item (HASH id -> ticket|version|u or d|session|JSON text),
 *       its que (ZSET id -> ticket), its req, its dead (deaths), the tgt of that, the run's sess, undo of the session
 * ARGV  epoch, channel of the changes, channel of the deaths
 * publishes "<epoch>|<changes>" and "<epoch>|<deaths>" if a registered number was reached
 */
const KEY_COUNT = 10;

const GROUP = `${GUARD}${KEEP}
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local changed, died = false, false
local function isLive(session)
  local deadline = redis.call("ZSCORE", KEYS[9], session)
  return deadline and tonumber(deadline) > now
end
local function read(id)
  local found = redis.call("HGET", KEYS[4], id)
  if not found then return nil end
  local ticket, _, status, session, json = string.match(found, "^(%d+)|(%d+)|(%a)|([^|]*)|(.*)$")
  return {ticket = tonumber(ticket), status = status, session = session, json = json}
end
local function write(id, member)
  local version = redis.call("INCR", KEYS[2])
  changed = true
  member.ticket = member.ticket or version
  local numbers = text(member.ticket) .. "|" .. text(version)
  redis.call("HSET", KEYS[4], id, numbers .. "|" .. member.status .. "|" .. member.session .. "|" .. member.json)
end
local function undo(ticket) return "member|" .. text(ticket) .. "|" .. KEYS[2] end
local function remove(id, member)
  redis.call("HDEL", KEYS[4], id)
  redis.call("ZREM", KEYS[5], id)
  redis.call("SREM", KEYS[10], undo(member.ticket))
  redis.call("INCR", KEYS[2])
  changed = true
end
local function fall(id, member)
  member.status = "d"
  write(id, member)
  redis.call("SREM", KEYS[10], undo(member.ticket))
  redis.call("INCR", KEYS[7])
  died = true
end
local function announce(count, targets, channel)
  local have = tonumber(redis.call("GET", count))
  if redis.call("ZREMRANGEBYSCORE", targets, "-inf", text(have)) > 0 then
    redis.call("PUBLISH", channel, ARGV[1] .. "|" .. text(have))
  end
end
local function finish(...)
  keep()
  if changed then announce(KEYS[2], KEYS[3], ARGV[2]) end
  if died then announce(KEYS[7], KEYS[8], ARGV[3]) end
  return {0, ...}
end
local function answer(request, result)
  redis.call("HSET", KEYS[6], request, result)
  return finish(result)
end`;

const groupScript = (name: string, lua: string): Script => ({
  name,
  keys: KEY_COUNT,
  lua: `${GROUP}${lua}`,
});

/*
 * ARGV  …, request id, session, member, JSON text
 * reply 0, "+<ticket>" joined · "=<ticket>" of its session already · "taken" · "withdrawn" · "session"
 */
export const JOIN_GROUP: Script = groupScript(
  "gp_join_group_1",
  `
local request, session, id, json = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local before = redis.call("HGET", KEYS[6], request)
if before then return {0, before} end
if not isLive(session) then return {0, "session"} end
local there = read(id)
if there and there.status == "u" then
  if there.session == session then
    if there.json ~= json then
      there.json = json
      write(id, there)
    end
    return answer(request, "=" .. text(there.ticket))
  end
  -- A late copy of the request must not find the id free after all.
  if isLive(there.session) then return answer(request, "taken") end
  fall(id, there)
end
local member = {status = "u", session = session, json = json}
write(id, member)
redis.call("ZADD", KEYS[5], text(member.ticket), id)
redis.call("SADD", KEYS[10], undo(member.ticket))
return answer(request, "+" .. text(member.ticket))`,
);

const OF_THIS_JOINING = `
local request, id, ticket = ARGV[4], ARGV[6], tonumber(ARGV[7])
local before = redis.call("HGET", KEYS[6], request)
if before then return {0, before} end
local member = read(id)
if not member or member.ticket ~= ticket or member.status ~= "u" then return answer(request, "0") end`;

/*
 * ARGV  …, request id, session, member, ticket, JSON text
 * reply 0, "1", or "0" if the member is not of this joining, or down
 */
export const UPDATE_MEMBER: Script = groupScript(
  "gp_update_member_1",
  `${OF_THIS_JOINING}
member.json = ARGV[8]
write(id, member)
return answer(request, "1")`,
);

/*
 * ARGV  …, request id, session, member, ticket, left or down
 * reply 0, "1", or "0" if the member is not of this joining, or down
 */
export const LEAVE_GROUP: Script = groupScript(
  "gp_leave_group_1",
  `${OF_THIS_JOINING}
if ARGV[8] == "down" then fall(id, member) else remove(id, member) end
return answer(request, "1")`,
);

/*
 * ARGV  …, request id of the joining, session, member
 * reply 0, "withdrawn"
 */
export const WITHDRAW_JOINING: Script = groupScript(
  "gp_withdraw_joining_1",
  `
local before = redis.call("HGET", KEYS[6], ARGV[4])
local ticket = before and tonumber(string.match(before, "^%+(%d+)$"))
local member = ticket and read(ARGV[6])
if member and member.ticket == ticket and member.status == "u" then remove(ARGV[6], member) end
return answer(ARGV[4], "withdrawn")`,
);

/*
 * ARGV  …, session, tickets
 * reply 0
 */
export const REAP_MEMBERS: Script = groupScript(
  "gp_reap_members_1",
  `
for i = 5, #ARGV do
  local ticket = ARGV[i]
  local id = redis.call("ZRANGEBYSCORE", KEYS[5], ticket, ticket)[1]
  local member = id and read(id)
  if member and member.session == ARGV[4] and member.status == "u" then fall(id, member) end
  redis.call("SREM", KEYS[10], undo(tonumber(ticket)))
end
return finish()`,
);

const MEMBERS_A_PAGE = 5_000;

/*
 * KEYS  meta, group, its item, que, dead
 * ARGV  epoch, ticket to start behind
 * reply 0, changes, deaths, id and record of each as many as a reply may hold, 1 if they are the last
 */
export const GROUP_PAGE: Script = {
  name: "gp_group_page_1",
  keys: 5,
  lua: `${GUARD}
local ids = redis.call("ZRANGEBYSCORE", KEYS[4], "(" .. ARGV[2], "+inf", "LIMIT", "0", "${MEMBERS_A_PAGE}")
local page, bytes, isLast = {}, 0, #ids < ${MEMBERS_A_PAGE} and 1 or 0
for _, id in ipairs(ids) do
  if bytes >= ${REPLY_BYTES} then
    isLast = 0
    break
  end
  local record = redis.call("HGET", KEYS[3], id)
  page[#page + 1] = id
  page[#page + 1] = record
  bytes = bytes + #id + #record
end
return {0, redis.call("GET", KEYS[2]) or "0", redis.call("GET", KEYS[5]) or "0", page, isLast}`,
};

export const GROUP_SCRIPTS: readonly Script[] = [
  JOIN_GROUP,
  UPDATE_MEMBER,
  LEAVE_GROUP,
  WITHDRAW_JOINING,
  REAP_MEMBERS,
  GROUP_PAGE,
];
