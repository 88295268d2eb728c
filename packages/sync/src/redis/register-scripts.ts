import { ANNOUNCE, GUARD, KEEP, REQUESTS } from "./lua.ts";
import type { Script } from "./scripts.ts";

/*
 * KEYS  meta, register (its version), its val, its req, its tgt
 * ARGV  epoch, channel, request id, JSON text, version that must be in force (empty: any), what is settled
 * reply 0, 1, the version written
 *       0, 0, the version in force, the JSON text there or nil: it was another version
 * publishes "<epoch>|<version>" if a registered version was reached
 */
export const WRITE_REGISTER: Script = {
  name: "gp_write_register_2",
  keys: 5,
  lua: `${GUARD}${KEEP}${ANNOUNCE}${REQUESTS}
local before = answered(KEYS[4], ARGV[3], ARGV[6])
if before == "over" then return {-3, KEYS[2]} end
settle(KEYS[4], ARGV[3], ARGV[6])
if before and before ~= "conflict" then return {0, 1, tonumber(before)} end
local version = tonumber(redis.call("GET", KEYS[2]) or 0) or 0
local expected = tonumber(ARGV[5])
if before or (expected and expected ~= version) then
  -- A late copy of the request must not find its version in force after all.
  if expected and expected > version then redis.call("HSET", KEYS[4], ARGV[3], "conflict") end
  keep()
  return {0, 0, version, redis.call("GET", KEYS[3])}
end
version = redis.call("INCR", KEYS[2])
redis.call("SET", KEYS[3], ARGV[4])
redis.call("HSET", KEYS[4], ARGV[3], text(version))
keep()
announce(KEYS[5], version)
return {0, 1, version}`,
};

/*
 * KEYS  meta, register (its version), its val, its req, its tgt
 * ARGV  epoch, channel, request id, whole number to add, what is settled
 * reply 0, 0, the sum as text
 *       0, 1, the beginning of the JSON text there, which is not a whole number
 *       0, 2, the JSON text there: the sum would be inexact
 * publishes as WRITE_REGISTER does
 */
export const ADD_TO_REGISTER: Script = {
  name: "gp_add_to_register_2",
  keys: 5,
  lua: `${GUARD}${KEEP}${ANNOUNCE}${REQUESTS}
local before = answered(KEYS[4], ARGV[3], ARGV[5])
if before == "over" then return {-3, KEYS[2]} end
settle(KEYS[4], ARGV[3], ARGV[5])
if before then return {0, 0, before} end
local json = redis.call("GET", KEYS[3]) or "0"
if not string.find(json, "^%-?%d+$") then return {0, 1, string.sub(json, 1, 40)} end
local sum = tonumber(json) + tonumber(ARGV[4])
if math.abs(sum) > 9007199254740991 then return {0, 2, string.sub(json, 1, 40)} end
redis.call("SET", KEYS[3], text(sum))
redis.call("HSET", KEYS[4], ARGV[3], text(sum))
local version = redis.call("INCR", KEYS[2])
keep()
announce(KEYS[5], version)
return {0, 0, text(sum)}`,
};

/*
 * KEYS  meta, register (its version), its val
 * ARGV  epoch
 * reply 0, the version, the JSON text or nil
 */
export const READ_REGISTER: Script = {
  name: "gp_read_register_1",
  keys: 3,
  lua: `${GUARD}
return {0, tonumber(redis.call("GET", KEYS[2]) or 0) or 0, redis.call("GET", KEYS[3])}`,
};
