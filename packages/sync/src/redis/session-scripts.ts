import { GUARD, KEEP } from "./lua.ts";
import type { Script } from "./scripts.ts";

const NOW = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** Sessions that are taken from the living by one script, and those that nobody finished with. */
const SWEPT = 100;
const LEFT_OVER = 10;
const LEFT_OVER_MS = 1_000;

/*
 * KEYS  meta, sess (session -> when it ends unless it is heard of)
 * ARGV  epoch, session, ms it lives without being heard of
 * reply 0
 */
export const OPEN_SESSION: Script = {
  name: "gp_open_session_1",
  keys: 2,
  lua: `${GUARD}${KEEP}${NOW}
redis.call("ZADD", KEYS[2], "NX", text(now + tonumber(ARGV[3])), ARGV[2])
keep()
return {0}`,
};

/*
 * KEYS  meta, sess, dead (session -> when somebody last took it on to give back what it held)
 * ARGV  epoch; then of each session: itself, ms it lives without being heard of
 * reply 0, for each session 1 if it lives on, and the sessions whose ends the caller is to see to
 */
export const BEAT: Script = {
  name: "gp_beat_1",
  keys: 3,
  lua: `${GUARD}${KEEP}${NOW}
local ended = redis.call("ZRANGEBYSCORE", KEYS[2], "-inf", text(now), "LIMIT", "0", "${SWEPT}")
for _, session in ipairs(ended) do redis.call("ZREM", KEYS[2], session) end
local left = redis.call("ZRANGEBYSCORE", KEYS[3], "-inf", text(now - ${LEFT_OVER_MS}), "LIMIT", "0", "${LEFT_OVER}")
for _, session in ipairs(left) do ended[#ended + 1] = session end
for _, session in ipairs(ended) do redis.call("ZADD", KEYS[3], text(now), session) end
local alive = {}
for i = 2, #ARGV, 2 do
  local deadline = redis.call("ZSCORE", KEYS[2], ARGV[i])
  -- Its time may be up although the sweep did not come to it.
  local lives = deadline and tonumber(deadline) > now
  if lives then redis.call("ZADD", KEYS[2], "XX", text(now + tonumber(ARGV[i + 1])), ARGV[i]) end
  alive[#alive + 1] = lives and 1 or 0
end
keep()
return {0, alive, ended}`,
};

/*
 * KEYS  meta, sess, dead
 * ARGV  epoch, session
 * reply 0
 */
export const END_SESSION: Script = {
  name: "gp_end_session_1",
  keys: 3,
  lua: `${GUARD}${KEEP}${NOW}
redis.call("ZREM", KEYS[2], ARGV[2])
redis.call("ZADD", KEYS[3], text(now), ARGV[2])
keep()
return {0}`,
};

/*
 * KEYS  meta, undo of a session (what is to be given back: "<kind>|<id>|<key>")
 * ARGV  epoch, how many at most
 * reply 0, some of its records
 */
export const UNDO: Script = {
  name: "gp_undo_1",
  keys: 2,
  lua: `${GUARD}
return {0, redis.call("SRANDMEMBER", KEYS[2], ARGV[2])}`,
};

/*
 * KEYS  meta, dead, undo of a session
 * ARGV  epoch, session
 * reply 0, 1 if nothing is left of it
 */
export const BURY: Script = {
  name: "gp_bury_1",
  keys: 3,
  lua: `${GUARD}
if redis.call("SCARD", KEYS[3]) > 0 then return {0, 0} end
redis.call("ZREM", KEYS[2], ARGV[2])
return {0, 1}`,
};

export const SESSION_SCRIPTS: readonly Script[] = [OPEN_SESSION, BEAT, END_SESSION, UNDO, BURY];
