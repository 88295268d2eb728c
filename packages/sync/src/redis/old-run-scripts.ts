import { RUN_TTL_MS } from "./lua.ts";
import type { Script } from "./scripts.ts";

/*
 * KEYS  meta
 * ARGV  an epoch that nobody has joined, in force from now on if the run is older; empty: only asks. Then an age in ms
 * reply 0, ms since the run was first opened (-1: it is no run), 1 if that is the age or more
 */
export const RETIRE_OLD: Script = {
  name: "gp_retire_old_1",
  keys: 1,
  lua: `
if redis.call("TYPE", KEYS[1]).ok ~= "hash" then return {0, -1, 0} end
local created = tonumber(redis.call("HGET", KEYS[1], "createdAt"))
if not created then return {0, -1, 0} end
local time = redis.call("TIME")
local age = math.max(0, time[1] * 1000 + math.floor(time[2] / 1000) - created)
if age < tonumber(ARGV[2]) then return {0, age, 0} end
if ARGV[1] ~= "" then
  redis.call("HSET", KEYS[1], "epoch", ARGV[1])
  redis.call("PEXPIRE", KEYS[1], ${RUN_TTL_MS})
end
return {0, age, 1}`,
};
