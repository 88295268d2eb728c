import { PRIORITY_STEP, TAKEN_BYTES } from "../atoms/queue-limits.ts";
import { queueScript } from "./queue-lua.ts";
import type { Script } from "./scripts.ts";

/*
 * ARGV  …, item id, JSON text, priority, ms until it is due
 * says  1 if it was added, 2 if an item with the id is there
 *       3, changes of the space so far, if there is no room; that is not remembered: the same request tries again
 */
export const PUT_ITEM: Script = queueScript(
  "gp_put_item_2",
  `
local other = otherShape()
if other then return other end
local before = known()
if before == "over" then return finish({-3, KEYS[2]}) end
if before then return finish({0, 0, tonumber(before)}) end
local id, capacity = ARGV[8], tonumber(ARGV[5])
if redis.call("HEXISTS", KEYS[7], id) == 1 then return answer(2) end
if capacity > 0 and redis.call("HLEN", KEYS[7]) - redis.call("ZCARD", KEYS[11]) >= capacity then
  return finish({0, 0, 3, tonumber(redis.call("GET", KEYS[4])) or 0})
end
local seq = redis.call("HINCRBY", KEYS[6], "seq", 1)
local item = {deliveries = 0, token = 0, json = ARGV[9]}
item.order = text(seq - tonumber(ARGV[10]) * ${PRIORITY_STEP})
write(id, item)
await(id, item, tonumber(ARGV[11]))
return answer(1)`,
);

/*
 * ARGV  …, items at most, ms of the lease
 * says  for each item its id, JSON text, token and deliveries; changes of the items so far; ms until the next look, or -1
 */
export const TAKE_ITEMS: Script = queueScript(
  "gp_take_items_2",
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
  redis.call("ZADD", KEYS[10], text(now + tonumber(ARGV[9])), id)
  give(id, item)
end
local function deliverAgain(token, id)
  local item = read(id)
  if item and item.token == tonumber(token) then give(id, item) end
end
local before = known()
if before == "over" then return finish({-3, KEYS[2]}) end
if before then
  for i = 1, tonumber(before) do
    deliverAgain(string.match(redis.call("HGET", KEYS[12], ARGV[4] .. "/" .. i), "^(%d+)|(.*)$"))
  end
else
  local count = 0
  for _, id in ipairs(redis.call("ZRANGE", KEYS[8], 0, tonumber(ARGV[8]) - 1)) do
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
  "gp_settle_item_2",
  `
local other = otherShape()
if other then return other end
elapse()
local before = known()
if before == "over" then return finish({-3, KEYS[2]}) end
if before then return finish({0, 0, tonumber(before)}) end
local id, as = ARGV[8], ARGV[10]
local item = read(id)
if not item or item.token ~= tonumber(ARGV[9]) then return answer(0) end
redis.call("ZREM", KEYS[10], id)
if as == "untouched" then item.deliveries = item.deliveries - 1 end
if as == "done" then
  redis.call("HDEL", KEYS[7], id)
  grown.space = true
elseif as == "dead" then
  bury(id, item)
else
  giveBack(id, item, tonumber(ARGV[11]))
end
return answer(1)`,
);

/*
 * ARGV  …, ms of the lease, then id and token of each item
 * says  for each item 1, or 0 if it is no longer the taker's
 */
export const EXTEND_ITEMS: Script = queueScript(
  "gp_extend_items_2",
  `
local other = otherShape()
if other then return other end
elapse()
local held = {}
for i = 9, #ARGV, 2 do
  local item = read(ARGV[i])
  local isHeld = item ~= nil and item.token == tonumber(ARGV[i + 1])
  if isHeld then redis.call("ZADD", KEYS[10], "XX", text(now + tonumber(ARGV[8])), ARGV[i]) end
  held[#held + 1] = isHeld and 1 or 0
end
return finish({0, 0, held})`,
);
