import { CLAIM_SCRIPT, QUEUE } from "./claim-lua.ts";
import { REQUESTS } from "./lua.ts";
import type { Script } from "./scripts.ts";

/*
 * KEYS  meta, queue, its que, ask, due, hold, over, the run's sess, seq, undo of the session
 * ARGV  epoch, inboxes, session, request id, permits, capacity, lease ms (0: none), window ms, 1 to try only,
 *       what is settled
 * reply 0, then one of: "held", token · "queued", how many are before it, ms to ask again after (-1: never) · "refused"
 *       · "over", how · "mismatch", declared capacity, 0 · "beyond", capacity, 0 · "session" · "again"; then more
 */
export const ACQUIRE: Script = {
  name: "gp_acquire_2",
  keys: 10,
  lua: `${CLAIM_SCRIPT}${REQUESTS}${QUEUE}
local session, id, permits = ARGV[3], ARGV[4], tonumber(ARGV[5])
if not isLive(o.sess, session) then return {0, "session", 0} end
local found = redis.call("HMGET", o.key, "decl", "cap")
local declared, capacity = tonumber(found[1]), tonumber(found[2])
if not declared then
  declared, capacity = tonumber(ARGV[6]), tonumber(ARGV[6])
  redis.call("HSET", o.key, "decl", ARGV[6], "cap", ARGV[6])
end
if declared ~= tonumber(ARGV[6]) then return {0, "mismatch", declared, 0, 0} end
expire(o)
settle(o.over, id, ARGV[10])
local held = holding(o, id)
if held then
  if held.session ~= session then return reply("over", "another session's", more) end
  if held.lease > 0 then
    local ends = now + held.lease
    if ends < tonumber(redis.call("ZSCORE", o.due, id)) then redis.call("HDEL", o.key, "head") end
    redis.call("ZADD", o.due, "XX", text(ends), id)
  end
  grant(o)
  return reply("held", held.token, more)
end
local wanted = asked(o, id)
local over = not wanted and answered(o.over, id, ARGV[10])
if wanted and wanted.session ~= session then over = "another session's" end
if over then
  grant(o)
  if over == "refused" and ARGV[9] == "1" then return reply("refused", more) end
  return reply("over", over, more)
end
if permits > capacity then
  grant(o)
  return reply("beyond", capacity, 0, more)
end
if not wanted or not redis.call("ZSCORE", o.que, id) then
  if ARGV[9] == "1" then
    grant(o)
    if more == 1 then return reply("again", more) end
    if redis.call("ZCARD", o.que) > 0 or not fits(o, permits) then
      redis.call("HSET", o.over, id, "refused")
      return reply("refused", more)
    end
  end
  redis.call("ZADD", o.que, text(redis.call("INCR", KEYS[9])), id)
  redis.call("HSET", o.ask, id, ARGV[5] .. "|" .. ARGV[7] .. "|" .. ARGV[8] .. "|s|" .. session)
  redis.call("SADD", KEYS[10], "claim|" .. id .. "|" .. KEYS[2])
end
grant(o, id)
held = holding(o, id)
if held then return reply("held", held.token, more) end
local before = redis.call("ZRANK", o.que, id)
return reply("queued", before, before == 0 and untilExpiry(o) or -1, more)`,
};

/*
 * KEYS  meta, the run's sess, seq, undo of the session; then of each queue: itself, its que, ask, due, hold, over
 * ARGV  epoch, inboxes, session, request id; then of each queue: permits, capacity
 * reply 0, then one of: "held", tokens · "queued", how many are before it at most, ms to ask again after (-1: never)
 *       · "over", how · "mismatch", declared capacity, which queue · "beyond", capacity, which queue · "session"; then more
 */
export const ACQUIRE_ALL: Script = {
  name: "gp_acquire_all_1",
  keys: "any",
  lua: `${CLAIM_SCRIPT}
local session, id = ARGV[3], ARGV[4]
if not isLive(KEYS[2], session) then return {0, "session", 0} end
local queues = {}
for i = 1, (#KEYS - 4) / 6 do
  local k = 4 + 6 * (i - 1)
  local o = {key = KEYS[k + 1], que = KEYS[k + 2], ask = KEYS[k + 3], due = KEYS[k + 4], hold = KEYS[k + 5], over = KEYS[k + 6]}
  o.sess, o.permits, o.capacity = KEYS[2], ARGV[3 + 2 * i], ARGV[4 + 2 * i]
  local declared = redis.call("HGET", o.key, "decl")
  if declared and declared ~= o.capacity then return {0, "mismatch", tonumber(declared), i - 1, 0} end
  queues[i] = o
end
local tokens, over, waits = {}, nil, true
for _, o in ipairs(queues) do
  redis.call("HSETNX", o.key, "decl", o.capacity)
  redis.call("HSETNX", o.key, "cap", o.capacity)
  expire(o)
  local held = holding(o, id)
  if held and held.session == session then tokens[#tokens + 1] = held.token end
  local wanted = asked(o, id)
  local other = (held or wanted or {session = session}).session ~= session
  over = over or redis.call("HGET", o.over, id) or (other and "another session's")
  waits = waits and wanted and redis.call("ZSCORE", o.que, id)
end
if #tokens == #queues then return reply("held", tokens, more) end
if over then
  for _, o in ipairs(queues) do
    local wanted = asked(o, id)
    if wanted and wanted.session == session then drop(o, id, over) end
    grant(o)
  end
  return reply("over", over, more)
end
if not waits then
  for i, o in ipairs(queues) do
    local capacity = tonumber(redis.call("HGET", o.key, "cap"))
    if tonumber(o.permits) > capacity then return reply("beyond", capacity, i - 1, more) end
  end
  local ticket = text(redis.call("INCR", KEYS[3]))
  for _, o in ipairs(queues) do
    redis.call("ZADD", o.que, ticket, id)
    redis.call("HSET", o.ask, id, o.permits .. "|0|0|j|" .. session)
    redis.call("SADD", KEYS[4], "claim|" .. id .. "|" .. o.key)
  end
end
local before, ms, isNext = 0, -1, true
for _, o in ipairs(queues) do
  grant(o, id)
  local rank = redis.call("ZRANK", o.que, id)
  before = math.max(before, rank)
  local isReady = rank == 0 and fits(o, tonumber(o.permits))
  isNext = isNext and isReady
  local left = rank == 0 and not isReady and untilExpiry(o) or -1
  if left >= 0 and (ms < 0 or left < ms) then ms = left end
end
if not isNext then return reply("queued", before, ms, more) end
for i, o in ipairs(queues) do
  tokens[i] = admit(o, id, asked(o, id), 0)
  grant(o)
end
return reply("held", tokens, more)`,
};

/*
 * KEYS  meta, queue, its que, ask, due, hold, over, the run's sess
 * ARGV  epoch, inboxes, request ids
 * reply 0, for each request: its token, 0 while it waits, -1 if it does neither; then more
 */
export const CHECK: Script = {
  name: "gp_check_1",
  keys: 8,
  lua: `${CLAIM_SCRIPT}${QUEUE}
expire(o)
grant(o)
local found = {}
for i = 3, #ARGV do
  local held = holding(o, ARGV[i])
  found[#found + 1] = held and held.token or (redis.call("ZSCORE", o.que, ARGV[i]) and 0 or -1)
end
return reply(found, more)`,
};
