import { MOVED_AT_ONCE } from "../atoms/queue-limits.ts";
import { GUARD, KEEP, REQUESTS } from "./lua.ts";
import type { Script } from "./scripts.ts";

/*
 * What every script of a queue has:
 * KEYS  meta, queue (changes of its items), its tgt, its spc (changes of its space), the tgt of that,
 *       its info (HASH capacity, deliveries, seq, token), its item (HASH id -> order|deliveries|token|JSON text),
 *       its que (ZSET by order), due (ZSET by time due), hold (ZSET by end of lease), dead (ZSET by time), its req
 * ARGV  epoch, channel of the items, channel of the space, request id, capacity, deliveries at most, what is settled
 * reply 0, 0, what the script says
 *       0, 1, capacity, deliveries: other ones had been declared
 * publishes "<epoch>|<changes>" on the channels if a registered change has happened
 */
const KEY_COUNT = 12;

const QUEUE = `${GUARD}${KEEP}${REQUESTS}
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local grown = {}
local function otherShape()
  redis.call("HSETNX", KEYS[6], "capacity", ARGV[5])
  redis.call("HSETNX", KEYS[6], "deliveries", ARGV[6])
  local there = redis.call("HMGET", KEYS[6], "capacity", "deliveries")
  if there[1] ~= ARGV[5] or there[2] ~= ARGV[6] then
    return {0, 1, tonumber(there[1]), tonumber(there[2])}
  end
end
local function crossed(changes, targets, channel)
  local count = redis.call("INCR", changes)
  if redis.call("ZREMRANGEBYSCORE", targets, "-inf", text(count)) == 0 then return {} end
  return {{channel, ARGV[1] .. "|" .. text(count)}}
end
local function finish(reply)
  local items = grown.items and crossed(KEYS[2], KEYS[3], ARGV[2]) or {}
  local space = grown.space and crossed(KEYS[4], KEYS[5], ARGV[3]) or {}
  keep()
  for _, said in ipairs(items) do redis.call("PUBLISH", said[1], said[2]) end
  for _, said in ipairs(space) do redis.call("PUBLISH", said[1], said[2]) end
  return reply
end
local function read(id)
  local found = redis.call("HGET", KEYS[7], id)
  if not found then return nil end
  local order, deliveries, token, json = string.match(found, "^([%d-]+)|(%d+)|(%d+)|(.*)$")
  return {order = order, deliveries = tonumber(deliveries), token = tonumber(token), json = json}
end
local function write(id, item)
  local numbers = item.order .. "|" .. text(item.deliveries) .. "|" .. text(item.token)
  redis.call("HSET", KEYS[7], id, numbers .. "|" .. item.json)
end
local function await(id, item, delay)
  if delay > 0 then
    redis.call("ZADD", KEYS[9], text(now + delay), id)
  else
    redis.call("ZADD", KEYS[8], item.order, id)
  end
  grown.items = true
end
local function bury(id, item)
  item.token = 0
  write(id, item)
  redis.call("ZADD", KEYS[11], text(now), id)
  grown.space = true
end
local function giveBack(id, item, delay)
  local most = tonumber(redis.call("HGET", KEYS[6], "deliveries")) or 0
  if most > 0 and item.deliveries >= most then return bury(id, item) end
  item.token = 0
  write(id, item)
  await(id, item, delay)
end
local function elapse()
  local function past(times)
    return redis.call("ZRANGEBYSCORE", times, "-inf", text(now), "LIMIT", 0, ${MOVED_AT_ONCE})
  end
  for _, id in ipairs(past(KEYS[9])) do
    redis.call("ZREM", KEYS[9], id)
    redis.call("ZADD", KEYS[8], read(id).order, id)
  end
  for _, id in ipairs(past(KEYS[10])) do
    redis.call("ZREM", KEYS[10], id)
    giveBack(id, read(id), 0)
  end
end
-- What a taking was given is beside its answer, the number of items: "<request>/1", "<request>/2" and so on.
local function settleTakings()
  local sender = sentBy(ARGV[4])
  for n in string.gmatch(string.match(ARGV[7], ":(.*)$") or "", "%d+") do
    local items = tonumber(redis.call("HGET", KEYS[12], sender .. n)) or 0
    for i = 1, items do redis.call("HDEL", KEYS[12], sender .. n .. "/" .. i) end
  end
  settle(KEYS[12], ARGV[4], ARGV[7])
end
local function known()
  local before = answered(KEYS[12], ARGV[4], ARGV[7])
  settleTakings()
  return before
end
local function answer(result)
  redis.call("HSET", KEYS[12], ARGV[4], text(result))
  return finish({0, 0, result})
end`;

export const queueScript = (name: string, lua: string): Script => ({
  name,
  keys: KEY_COUNT,
  lua: `${QUEUE}${lua}`,
});
