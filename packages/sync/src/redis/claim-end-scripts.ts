import { CLAIM_SCRIPT, QUEUE } from "./claim-lua.ts";
import type { Script } from "./scripts.ts";

/*
 * KEYS  meta, queue, its que, ask, due, hold, over, the run's sess, undo of the session
 * ARGV  epoch, inboxes, the session that is told by the reply, request id
 * reply 0, 1 if it was held, more
 */
export const CANCEL: Script = {
  name: "gp_cancel_1",
  keys: 9,
  lua: `${CLAIM_SCRIPT}${QUEUE}
expire(o)
local id = ARGV[4]
local held, wanted = holding(o, id), asked(o, id)
if held then
  free(o, id, held, "cancelled")
elseif not redis.call("HGET", o.over, id) then
  drop(o, id, "cancelled")
end
local whose = (held or wanted or {session = ARGV[3]}).session
if whose ~= ARGV[3] then tell(whose, "lost|0|" .. id) end
redis.call("SREM", KEYS[9], "claim|" .. id .. "|" .. KEYS[2])
grant(o)
return reply(held and 1 or 0, more)`,
};

/*
 * KEYS  meta, queue, its que, ask, due, hold, over, the run's sess, undo of the session
 * ARGV  epoch, inboxes, a session that has ended, ids of its requests, at most 100
 * reply 0, more
 */
export const REAP: Script = {
  name: "gp_reap_1",
  keys: 9,
  lua: `${CLAIM_SCRIPT}${QUEUE}
for i = 4, #ARGV do
  local id = ARGV[i]
  local held, wanted = holding(o, id), asked(o, id)
  if held and held.session == ARGV[3] then free(o, id, held, "dead") end
  if wanted and wanted.session == ARGV[3] then drop(o, id, "dead") end
  redis.call("SREM", KEYS[9], "claim|" .. id .. "|" .. KEYS[2])
end
expire(o)
grant(o)
return reply(more)`,
};
