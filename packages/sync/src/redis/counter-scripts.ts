import { ANNOUNCE, AWAIT, GUARD, KEEP, REQUESTS } from "./lua.ts";
import type { Script } from "./scripts.ts";

/*
 * KEYS  meta, counter, its req, its tgt, its dcl
 * ARGV  epoch, channel, request id, target (a count, "declared", or "round:<n>"; 0: none), how much to add,
 *       remainder by 2 that the count must have (empty: any), what is settled, inbox (empty: none)
 * reply 0, the request's number, the count now, the target (-1: not declared yet); it is registered if it is not reached
 * publishes "<epoch>|<count>", or "<epoch>|count|<count>|<key>" to inboxes, if a registered target was crossed
 */
export const ADD: Script = {
  name: "gp_add_3",
  keys: 5,
  lua: `${GUARD}${KEEP}${AWAIT}${ANNOUNCE}${REQUESTS}
local before = answered(KEYS[3], ARGV[3], ARGV[7])
if before == "over" then return {-3, KEYS[2]} end
local seq = before and tonumber(before)
local have = tonumber(redis.call("GET", KEYS[2]) or 0) or 0
if not seq then
  if ARGV[6] == "" or have % 2 == tonumber(ARGV[6]) then
    if have + tonumber(ARGV[5]) > 9007199254740991 then return {-2, KEYS[2]} end
    have = redis.call("INCRBY", KEYS[2], ARGV[5])
  end
  seq = have
  redis.call("HSET", KEYS[3], ARGV[3], text(seq))
end
settle(KEYS[3], ARGV[3], ARGV[7])
local target = tonumber(ARGV[4])
local round = tonumber(string.match(ARGV[4], "^round:(%d+)$"))
if round then target = math.ceil(seq / round) * round end
if ARGV[4] == "declared" then target = (tonumber(redis.call("GET", KEYS[5])) or 0) - 1 end
if have < target then await(KEYS[4], target, ARGV[8]) end
keep()
announce(KEYS[4], have, ARGV[8])
return {0, text(seq), text(have), text(target)}`,
};

/*
 * KEYS  meta, the dcl of a counter, its tgt
 * ARGV  epoch, channel, one more than the target to declare, so that 0 can be
 * reply 0, one more than the target that is declared
 * publishes "<epoch>|<one more than the target>" if a declaration was awaited
 */
export const DECLARE: Script = {
  name: "gp_declare_1",
  keys: 3,
  lua: `${GUARD}${KEEP}${ANNOUNCE}
redis.call("SETNX", KEYS[2], ARGV[3])
local declared = tonumber(redis.call("GET", KEYS[2]))
keep()
announce(KEYS[3], declared)
return {0, text(declared)}`,
};
