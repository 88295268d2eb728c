import { RESERVATION_MS } from "../atoms/rates.ts";
import { GUARD, KEEP } from "./lua.ts";
import type { Script } from "./scripts.ts";

/** The server's time in microseconds, which Lua's numbers hold exactly for another 200 years. */
const NOW = `
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]`;

/*
 * KEYS  meta, rate, its req
 * ARGV  epoch, request id, microseconds a permit, burst, "keep" or "drop" (empty: only if there is no rate)
 * reply 0, the microseconds a permit and the burst in force
 */
export const SET_RATE: Script = {
  name: "gp_set_rate_1",
  keys: 3,
  lua: `${GUARD}${KEEP}${NOW}
local interval = tonumber(redis.call("HGET", KEYS[2], "interval"))
local isDone = redis.call("ZSCORE", KEYS[3], ARGV[2])
if isDone then return {0, ARGV[3], ARGV[4]} end
if interval and ARGV[5] == "" then return {0, text(interval), redis.call("HGET", KEYS[2], "burst")} end
local used = tonumber(redis.call("HGET", KEYS[2], "used") or 0)
local ahead = math.max(0, used - now)
used = 0
if interval and ARGV[5] == "keep" then used = now + math.floor(ahead / interval * ARGV[3]) end
redis.call("HSET", KEYS[2], "interval", ARGV[3], "burst", ARGV[4], "used", text(used), "last", "", "us", "0")
redis.call("ZADD", KEYS[3], text(now), ARGV[2])
keep()
return {0, ARGV[3], ARGV[4]}`,
};

/*
 * KEYS  meta, rate, its req
 * ARGV  epoch, request id, permits, longest wait in microseconds (empty: any)
 * reply 0, 1, microseconds until the permits are due
 *       0, 0, the same, and nothing was reserved because that is too long
 *       0, 2, the burst: it is less than the permits
 *       0, 3: there is no rate
 */
export const RESERVE: Script = {
  name: "gp_reserve_1",
  keys: 3,
  lua: `${GUARD}${KEEP}${NOW}
local known = tonumber(redis.call("ZSCORE", KEYS[3], ARGV[2]))
if known then return {0, 1, text(math.max(0, known - now))} end
local interval = tonumber(redis.call("HGET", KEYS[2], "interval"))
if not interval then return {0, 3, "0"} end
local burst = tonumber(redis.call("HGET", KEYS[2], "burst"))
if tonumber(ARGV[3]) > burst then return {0, 2, text(burst)} end
local us = interval * ARGV[3]
local used = math.max(tonumber(redis.call("HGET", KEYS[2], "used")), now) + us
local due = math.max(now, used - burst * interval)
if ARGV[4] ~= "" and due - now > tonumber(ARGV[4]) then return {0, 0, text(due - now)} end
redis.call("HSET", KEYS[2], "used", text(used), "last", ARGV[2], "us", text(us))
redis.call("ZADD", KEYS[3], text(due), ARGV[2])
local old = text(now - ${RESERVATION_MS} * 1000)
for _, id in ipairs(redis.call("ZRANGEBYSCORE", KEYS[3], "-inf", old, "LIMIT", "0", "100")) do
  redis.call("ZREM", KEYS[3], id)
end
keep()
return {0, 1, text(due - now)}`,
};

/*
 * KEYS  meta, rate, its req
 * ARGV  epoch, request id of a reservation
 * reply 0, 1 if it was taken back
 */
export const REFUND: Script = {
  name: "gp_refund_1",
  keys: 3,
  lua: `${GUARD}${KEEP}${NOW}
local due = tonumber(redis.call("ZSCORE", KEYS[3], ARGV[2]))
if not due then
  -- A late copy of the reservation finds itself answered.
  redis.call("ZADD", KEYS[3], text(now), ARGV[2])
  keep()
  return {0, 0}
end
if due <= now or redis.call("HGET", KEYS[2], "last") ~= ARGV[2] then return {0, 0} end
redis.call("HINCRBY", KEYS[2], "used", "-" .. redis.call("HGET", KEYS[2], "us"))
redis.call("HSET", KEYS[2], "last", "", "us", "0")
keep()
return {0, 1}`,
};
