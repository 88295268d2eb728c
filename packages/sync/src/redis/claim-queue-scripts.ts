import { CLAIM_SCRIPT, QUEUE } from "./claim-lua.ts";
import type { Script } from "./scripts.ts";

/*
 * KEYS  meta, queue, its que, ask, due, hold, over, the run's sess
 * ARGV  epoch, inboxes, request id, capacity
 * reply 0, 0 if nobody has declared it yet, more
 */
export const RESIZE: Script = {
  name: "gp_resize_1",
  keys: 8,
  lua: `${CLAIM_SCRIPT}${QUEUE}
if redis.call("HEXISTS", o.key, "decl") == 0 then return {0, 0, 0} end
expire(o)
if redis.call("HSETNX", o.over, ARGV[3], "resized") == 1 then
  redis.call("HSET", o.key, "cap", ARGV[4])
  redis.call("HDEL", o.key, "head")
end
grant(o)
return reply(1, more)`,
};

/*
 * KEYS  meta, queue, its que, ask, due, hold, over, the run's sess
 * ARGV  epoch, inboxes, how many of each at most
 * reply 0, capacity, how much of it is held, ids and records of holders in turn, ids and records of who waits, more
 */
export const INSPECT: Script = {
  name: "gp_inspect_1",
  keys: 8,
  lua: `${CLAIM_SCRIPT}${QUEUE}
expire(o)
grant(o)
local last = text(tonumber(ARGV[3]) - 1)
local function listed(order, records)
  local found = {}
  for _, id in ipairs(redis.call("ZRANGE", order, "0", last)) do
    found[#found + 1] = id
    found[#found + 1] = redis.call("HGET", records, id) or ""
  end
  return found
end
local size = redis.call("HMGET", o.key, "cap", "used")
return reply(tonumber(size[1]) or 0, tonumber(size[2]) or 0, listed(o.due, o.hold), listed(o.que, o.ask), more)`,
};
