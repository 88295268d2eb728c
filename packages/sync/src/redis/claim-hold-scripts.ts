import { CLAIM_SCRIPT, QUEUE } from "./claim-lua.ts";
import type { Script } from "./scripts.ts";

/*
 * KEYS  meta, queue, its que, ask, due, hold, over, the run's sess
 * ARGV  epoch, inboxes, request id, token
 * reply 0, 1 if it is held and its lease began anew, more
 */
export const RENEW: Script = {
  name: "gp_renew_1",
  keys: 8,
  lua: `${CLAIM_SCRIPT}${QUEUE}
expire(o)
local held = holding(o, ARGV[3])
local isHeld = held and held.token == tonumber(ARGV[4]) and isLive(o.sess, held.session)
if isHeld and held.lease > 0 then redis.call("ZADD", o.due, "XX", text(now + held.lease), ARGV[3]) end
grant(o)
return reply(isHeld and 1 or 0, more)`,
};

/*
 * KEYS  meta, queue, its que, ask, due, hold, over, the run's sess
 * ARGV  epoch, inboxes, request id, token, permits to keep
 * reply 0, how many were held (0: it is not held; fewer than to keep: nothing changed), more
 */
export const SHRINK: Script = {
  name: "gp_shrink_1",
  keys: 8,
  lua: `${CLAIM_SCRIPT}${QUEUE}
expire(o)
local held, permits = holding(o, ARGV[3]), tonumber(ARGV[5])
local had = 0
if held and held.token == tonumber(ARGV[4]) and isLive(o.sess, held.session) then had = held.permits end
if had > permits then
  redis.call("HINCRBY", o.key, "used", text(permits - had))
  held.permits = permits
  record(o, ARGV[3], held)
end
grant(o)
return reply(had, more)`,
};

/*
 * KEYS  meta, queue, its que, ask, due, hold, over, the run's sess, undo of the session
 * ARGV  epoch, inboxes, the session that is told by the reply, request id, token, id of the release
 * reply 0, 1 if it was held, more
 */
export const RELEASE: Script = {
  name: "gp_release_1",
  keys: 9,
  lua: `${CLAIM_SCRIPT}${QUEUE}
expire(o)
local id, how = ARGV[4], "released " .. ARGV[6]
local held = holding(o, id)
local wasHeld = redis.call("HGET", o.over, id) == how
if held and held.token == tonumber(ARGV[5]) then
  -- Of a session that has run out nobody can say that it held to the end.
  wasHeld = isLive(o.sess, held.session)
  free(o, id, held, wasHeld and how or "dead")
  if held.session ~= ARGV[3] then tell(held.session, "lost|0|" .. id) end
end
if not holding(o, id) then redis.call("SREM", KEYS[9], "claim|" .. id .. "|" .. KEYS[2]) end
grant(o)
return reply(wasHeld and 1 or 0, more)`,
};
