import { MOVED_AT_ONCE, PRIORITY_STEP, TAKEN_BYTES } from "../atoms/queue-limits.ts";
import { GUARD, KEEP, REPLY_BYTES } from "./lua.ts";
import type { Script } from "./scripts.ts";

/*
 * What every script of a queue has:
 * KEYS  meta, queue (changes of its items), its tgt, its spc (changes of its space), the tgt of that,
 *       its info (HASH capacity, deliveries, seq, token), its item (HASH id -> order|deliveries|token|JSON text),
 *       its que (ZSET by order), due (ZSET by time due), hold (ZSET by end of lease), dead (ZSET by time), its req
 * ARGV  epoch, channel of the items, channel of the space, request id, capacity, deliveries at most
 * reply 0, 0, what the script says
 *       0, 1, capacity, deliveries: other ones had been declared
 * publishes "<epoch>|<changes>" on the channels if a registered change has happened
 */
const KEY_COUNT = 12;

const QUEUE = `${GUARD}${KEEP}
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
local function known() return redis.call("HGET", KEYS[12], ARGV[4]) end
local function answer(result)
  redis.call("HSET", KEYS[12], ARGV[4], text(result))
  return finish({0, 0, result})
end`;

const queueScript = (name: string, lua: string): Script => ({
  name,
  keys: KEY_COUNT,
  lua: `${QUEUE}${lua}`,
});

/*
 * ARGV  …, item id, JSON text, priority, ms until it is due
 * says  1 if it was added, 2 if an item with the id is there
 *       3, changes of the space so far, if there is no room; that is not remembered: the same request tries again
 */
export const PUT_ITEM: Script = queueScript(
  "gp_put_item_1",
  `
local other = otherShape()
if other then return other end
local before = known()
if before then return {0, 0, tonumber(before)} end
local id, capacity = ARGV[7], tonumber(ARGV[5])
if redis.call("HEXISTS", KEYS[7], id) == 1 then return answer(2) end
if capacity > 0 and redis.call("HLEN", KEYS[7]) - redis.call("ZCARD", KEYS[11]) >= capacity then
  return finish({0, 0, 3, tonumber(redis.call("GET", KEYS[4])) or 0})
end
local seq = redis.call("HINCRBY", KEYS[6], "seq", 1)
local item = {deliveries = 0, token = 0, json = ARGV[8]}
item.order = text(seq - tonumber(ARGV[9]) * ${PRIORITY_STEP})
write(id, item)
await(id, item, tonumber(ARGV[10]))
return answer(1)`,
);

/*
 * ARGV  …, items at most, ms of the lease
 * says  for each item its id, JSON text, token and deliveries; changes of the items so far; ms until the next look, or -1
 */
export const TAKE_ITEMS: Script = queueScript(
  "gp_take_items_1",
  `
local other = otherShape()
if other then return other end
elapse()
local taken, bytes = {}, 0
local function give(id, item)
  for _, part in ipairs({id, item.json, item.token, item.deliveries}) do taken[#taken + 1] = part end
  bytes = bytes + #item.json
end
local function deliver(id)
  local item = read(id)
  item.token = redis.call("HINCRBY", KEYS[6], "token", 1)
  item.deliveries = item.deliveries + 1
  write(id, item)
  redis.call("ZREM", KEYS[8], id)
  redis.call("ZADD", KEYS[10], text(now + tonumber(ARGV[8])), id)
  give(id, item)
end
local function deliverAgain(token, id)
  local item = read(id)
  if item and item.token == tonumber(token) then give(id, item) end
end
local before = known()
if before then
  for i = 1, tonumber(before) do
    deliverAgain(string.match(redis.call("HGET", KEYS[12], ARGV[4] .. "/" .. i), "^(%d+)|(.*)$"))
  end
else
  local count = 0
  for _, id in ipairs(redis.call("ZRANGE", KEYS[8], 0, tonumber(ARGV[7]) - 1)) do
    if bytes < ${TAKEN_BYTES} then
      deliver(id)
      count = count + 1
      redis.call("HSET", KEYS[12], ARGV[4] .. "/" .. count, text(taken[#taken - 1]) .. "|" .. id)
    end
  end
  redis.call("HSET", KEYS[12], ARGV[4], count)
end
local wait = -1
for _, times in ipairs({KEYS[9], KEYS[10]}) do
  local at = tonumber(redis.call("ZRANGE", times, 0, 0, "WITHSCORES")[2])
  if at and (wait < 0 or at - now < wait) then wait = math.max(0, at - now) end
end
if redis.call("ZCARD", KEYS[8]) > 0 then wait = 0 end
finish()
return {0, 0, taken, tonumber(redis.call("GET", KEYS[2])) or 0, wait}`,
);

/*
 * ARGV  …, item id, token, done, retry, untouched or dead, ms until it is due again
 * says  1, or 0 if it is no longer the taker's
 */
export const SETTLE_ITEM: Script = queueScript(
  "gp_settle_item_1",
  `
local other = otherShape()
if other then return other end
elapse()
local before = known()
if before then return finish({0, 0, tonumber(before)}) end
local id, as = ARGV[7], ARGV[9]
local item = read(id)
if not item or item.token ~= tonumber(ARGV[8]) then return answer(0) end
redis.call("ZREM", KEYS[10], id)
if as == "untouched" then item.deliveries = item.deliveries - 1 end
if as == "done" then
  redis.call("HDEL", KEYS[7], id)
  grown.space = true
elseif as == "dead" then
  bury(id, item)
else
  giveBack(id, item, tonumber(ARGV[10]))
end
return answer(1)`,
);

/*
 * ARGV  …, ms of the lease, then id and token of each item
 * says  for each item 1, or 0 if it is no longer the taker's
 */
export const EXTEND_ITEMS: Script = queueScript(
  "gp_extend_items_1",
  `
local other = otherShape()
if other then return other end
elapse()
local held = {}
for i = 8, #ARGV, 2 do
  local item = read(ARGV[i])
  local isHeld = item ~= nil and item.token == tonumber(ARGV[i + 1])
  if isHeld then redis.call("ZADD", KEYS[10], "XX", text(now + tonumber(ARGV[7])), ARGV[i]) end
  held[#held + 1] = isHeld and 1 or 0
end
return finish({0, 0, held})`,
);

/*
 * ARGV  …, item id
 * says  1, or 0 if it is not there or in hand
 */
export const REMOVE_ITEM: Script = queueScript(
  "gp_remove_item_1",
  `
elapse()
local before = known()
if before then return finish({0, 0, tonumber(before)}) end
local item = read(ARGV[7])
if not item or item.token > 0 then return answer(0) end
redis.call("ZREM", KEYS[8], ARGV[7])
redis.call("ZREM", KEYS[9], ARGV[7])
if redis.call("ZREM", KEYS[11], ARGV[7]) == 0 then grown.space = true end
redis.call("HDEL", KEYS[7], ARGV[7])
return answer(1)`,
);

/* says  how many are ready, delayed, taken and dead */
export const QUEUE_SIZES: Script = queueScript(
  "gp_queue_sizes_1",
  `
elapse()
local sizes = {0, 0}
for i = 8, 11 do sizes[#sizes + 1] = redis.call("ZCARD", KEYS[i]) end
return finish(sizes)`,
);

/* says  id, JSON text and deliveries of each, as many as a reply may hold */
export const DEAD_LETTERS: Script = queueScript(
  "gp_dead_letters_1",
  `
elapse()
local letters, bytes = {}, 0
for _, id in ipairs(redis.call("ZRANGE", KEYS[11], 0, 99)) do
  local item = read(id)
  if bytes < ${REPLY_BYTES} then
    for _, part in ipairs({id, item.json, item.deliveries}) do letters[#letters + 1] = part end
  end
  bytes = bytes + #item.json
end
return finish({0, 0, letters})`,
);

export const QUEUE_SCRIPTS: readonly Script[] = [
  PUT_ITEM,
  TAKE_ITEMS,
  SETTLE_ITEM,
  EXTEND_ITEMS,
  REMOVE_ITEM,
  QUEUE_SIZES,
  DEAD_LETTERS,
];
