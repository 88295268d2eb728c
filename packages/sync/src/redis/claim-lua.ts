import { GUARD, KEEP } from "./lua.ts";

/**
 * What the scripts of claim queues share. They take the keys of a queue in this order, from KEYS[2] on:
 * - the queue itself, a HASH: `decl`, the capacity first declared; `cap`, the one in force; `used`, how much of it is
 *   held; `tok`, the last token; `head`, the first in line that was told so
 * - `que`, a ZSET: request id -> ticket
 * - `ask`, a HASH: request id -> `permits|lease ms|window ms|kind|session`; kind `s` of one queue, `j` joint of several
 * - `due`, a ZSET: request id -> when its hold ends, `+inf` if that is for the session to say
 * - `hold`, a HASH: request id -> `permits|token|lease ms|session`
 * - `over`, a HASH: request id -> how it ended; a late copy of it must not queue again
 * then, in KEYS[8], `sess`, a ZSET: session -> when it ends unless it is heard of.
 * ARGV[2] is what the channels of all inboxes begin with; the rest is the process, the first part of a session's id.
 */
const CLAIM: string = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local more = 0

local function tell(session, what)
  redis.call("PUBLISH", ARGV[2] .. string.match(session, "^[^.]*"), ARGV[1] .. "|" .. what)
end
local function isLive(sess, session)
  local deadline = redis.call("ZSCORE", sess, session)
  return deadline and tonumber(deadline) > now
end
local function asked(o, id)
  local record = redis.call("HGET", o.ask, id)
  if not record then return nil end
  local permits, lease, window, kind, session = string.match(record, "^(%d+)|(%d+)|(%d+)|(%a)|(.*)$")
  return {permits = tonumber(permits), lease = tonumber(lease), window = tonumber(window), kind = kind, session = session}
end
local function holding(o, id)
  local record = redis.call("HGET", o.hold, id)
  if not record then return nil end
  local permits, token, lease, session = string.match(record, "^(%d+)|(%d+)|(%d+)|(.*)$")
  return {permits = tonumber(permits), token = tonumber(token), lease = tonumber(lease), session = session}
end
local function record(o, id, held)
  redis.call("HSET", o.hold, id, text(held.permits) .. "|" .. text(held.token) .. "|" .. text(held.lease) .. "|" .. held.session)
end
local function fits(o, permits)
  local found = redis.call("HMGET", o.key, "cap", "used")
  return (tonumber(found[2]) or 0) + permits <= (tonumber(found[1]) or 0)
end
local function free(o, id, held, how)
  redis.call("HINCRBY", o.key, "used", text(-held.permits))
  redis.call("ZREM", o.due, id)
  redis.call("HDEL", o.hold, id)
  redis.call("HSET", o.over, id, how)
end
local function drop(o, id, how)
  redis.call("ZREM", o.que, id)
  redis.call("HDEL", o.ask, id)
  redis.call("HSET", o.over, id, how)
end
local function expire(o)
  local ids = redis.call("ZRANGEBYSCORE", o.due, "-inf", text(now), "LIMIT", "0", "100")
  for _, id in ipairs(ids) do
    local held = holding(o, id)
    if held then free(o, id, held, "expired") else redis.call("ZREM", o.due, id) end
  end
  if #ids == 100 then more = 1 end
end
local function admit(o, id, wanted, window)
  redis.call("ZREM", o.que, id)
  redis.call("HDEL", o.ask, id)
  redis.call("HINCRBY", o.key, "used", text(wanted.permits))
  local token = redis.call("HINCRBY", o.key, "tok", "1")
  redis.call("ZADD", o.due, window > 0 and text(now + window) or "+inf", id)
  record(o, id, {permits = wanted.permits, token = token, lease = wanted.lease, session = wanted.session})
  return token
end
-- How long the first in line has to wait at most for a lease to run out; -1 if none will.
local function untilExpiry(o)
  local due = redis.call("ZRANGE", o.due, "0", "0", "WITHSCORES")[2]
  if not due or due == "inf" then return -1 end
  return math.max(0, tonumber(due) - now)
end
-- Told once, when it has become the first: it has the timer, nobody else.
local function point(o, id, session, mark, what)
  if redis.call("HGET", o.key, "head") == id .. mark then return end
  redis.call("HSET", o.key, "head", id .. mark)
  if what then tell(session, what) end
end
local function wait(o, id, wanted, self)
  local ms = untilExpiry(o)
  point(o, id, wanted.session, "", id ~= self and ms >= 0 and ("head|" .. text(ms) .. "|" .. id))
end
-- Grants in the order of the queue, as far as it goes. The caller of the script, self, is not told by message.
local function grant(o, self)
  local granted, dead = 0, 0
  while true do
    local id = redis.call("ZRANGE", o.que, "0", "0")[1]
    if not id then return end
    if granted == 100 or dead == 1000 then more = 1 return end
    local wanted = asked(o, id)
    if not wanted then
      redis.call("ZREM", o.que, id)
      dead = dead + 1
    elseif id ~= self and not isLive(o.sess, wanted.session) then
      drop(o, id, "dead")
      dead = dead + 1
    elseif not fits(o, wanted.permits) then
      wait(o, id, wanted, self)
      return
    elseif wanted.kind == "j" then
      -- Its own script takes it, in all its queues at once.
      point(o, id, wanted.session, "!", id ~= self and ("head|0|" .. id))
      return
    else
      local token = admit(o, id, wanted, id == self and wanted.lease or wanted.window)
      if id ~= self then tell(wanted.session, "granted|" .. text(token) .. "|" .. id) end
      granted = granted + 1
    end
  end
end`;

/** What a script answers when it may have written. */
const REPLY: string = `
local function reply(...)
  keep()
  return {0, ...}
end`;

/** The one queue that a script works on. */
export const QUEUE: string = `
local o = {key = KEYS[2], que = KEYS[3], ask = KEYS[4], due = KEYS[5], hold = KEYS[6], over = KEYS[7], sess = KEYS[8]}`;

/**
 * What every script of claim queues begins with. They publish to the inboxes of whom they concern,
 * `<epoch>|<what>|<number>|<request id>`:
 * - `granted`, with the token
 * - `head`, with the ms after which to ask again: nobody is before it
 * - `lost`: somebody else ended the request
 * What they answer ends with 1 if they came to their bounds with more to do: then CHECK is to be run until it answers 0.
 */
export const CLAIM_SCRIPT: string = `${GUARD}${KEEP}${CLAIM}${REPLY}`;
