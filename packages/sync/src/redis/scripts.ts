import { CLAIM_SCRIPTS } from "./claim-scripts.ts";
import { ADD, DECLARE } from "./counter-scripts.ts";
import { GROUP_SCRIPTS } from "./group-scripts.ts";
import { ANNOUNCE, AWAIT, GUARD, KEEP, PAGE, REPLY_BYTES, REQUESTS, RUN_TTL_MS } from "./lua.ts";
import { RETIRE_OLD } from "./old-run-scripts.ts";
import { QUEUE_SCRIPTS } from "./queue-scripts.ts";
import { REFUND, RESERVE, SET_RATE } from "./rate-scripts.ts";
import { ADD_TO_REGISTER, READ_REGISTER, WRITE_REGISTER } from "./register-scripts.ts";
import { SESSION_SCRIPTS } from "./session-scripts.ts";

/**
 * An operation of Redis that happens as a whole. What every script keeps to:
 * - KEYS declares every key. KEYS[1] holds the epoch; without an epoch it is the key worked on, and not read for one.
 * - ARGV[1] is the epoch that the caller joined; empty for callers that know of none.
 * - The reply is an array. Its first item is 0, or a negative status that `failure.ts` turns into an error.
 */
export interface Script {
  /** Carries a version: what two versions of this package say to one server must differ in name if it does in meaning. */
  readonly name: string;
  /** `any`: as many as it is given. */
  readonly keys: number | "any";
  readonly lua: string;
}

/*
 * KEYS  meta
 * ARGV  an epoch to set if there is none
 * reply 0, the epoch in force
 */
export const OPEN: Script = {
  name: "gp_open_1",
  keys: 1,
  lua: `
if redis.call("HSETNX", KEYS[1], "epoch", ARGV[1]) == 1 then
  local time = redis.call("TIME")
  local now = string.format("%.0f", time[1] * 1000 + math.floor(time[2] / 1000))
  redis.call("HSET", KEYS[1], "createdAt", now, "ttlMs", "${RUN_TTL_MS}", "version", "1")
end
redis.call("PEXPIRE", KEYS[1], ${RUN_TTL_MS})
return {0, redis.call("HGET", KEYS[1], "epoch")}`,
};

/*
 * KEYS  meta
 * ARGV  an epoch that nobody has joined, in force from now on
 * reply 0
 */
export const RETIRE: Script = {
  name: "gp_retire_1",
  keys: 1,
  lua: `
redis.call("HSET", KEYS[1], "epoch", ARGV[1])
redis.call("PEXPIRE", KEYS[1], ${RUN_TTL_MS})
return {0}`,
};

/*
 * KEYS  meta, counter or log, its tgt
 * ARGV  epoch, channel, target, GET for a counter or XLEN for a log, inbox (empty: none)
 * reply 0, the count or length now; the target is registered if that is less
 * publishes as ADD does, so that the first to look announces what a foreign instance did in silence
 */
export const REACH: Script = {
  name: "gp_reach_3",
  keys: 3,
  lua: `${GUARD}${KEEP}${AWAIT}${ANNOUNCE}
local have = tonumber(redis.call(ARGV[4], KEYS[2]) or 0) or 0
if have < tonumber(ARGV[3]) then
  await(KEYS[3], tonumber(ARGV[3]), ARGV[5])
  keep()
end
announce(KEYS[3], have, ARGV[5])
return {0, text(have)}`,
};

/*
 * KEYS  meta, log, its req, its tgt
 * ARGV  epoch, channel, request id, JSON text, what is settled
 * reply 0, the entry's number
 * publishes "<epoch>|<length>" if a registered length was crossed
 */
export const APPEND: Script = {
  name: "gp_append_2",
  keys: 4,
  lua: `${GUARD}${KEEP}${ANNOUNCE}${REQUESTS}
local before = answered(KEYS[3], ARGV[3], ARGV[5])
if before == "over" then return {-3, KEYS[2]} end
settle(KEYS[3], ARGV[3], ARGV[5])
if before then return {0, tonumber(before)} end
redis.call("XADD", KEYS[2], "*", "p", ARGV[4])
local seq = redis.call("XLEN", KEYS[2])
redis.call("HSET", KEYS[3], ARGV[3], text(seq))
keep()
announce(KEYS[4], seq)
return {0, seq}`,
};

/*
 * KEYS  meta, log, its tgt
 * ARGV  epoch, channel, stream id to start behind, entries at most
 * reply 0, the length, the entries, 1 if they are the last; then the next length is registered
 * publishes as REACH does
 */
export const FOLLOW: Script = {
  name: "gp_follow_2",
  keys: 3,
  lua: `${GUARD}${KEEP}${AWAIT}${ANNOUNCE}${PAGE}
local entries, isLast = page(KEYS[2], ARGV[3], tonumber(ARGV[4]))
local have = redis.call("XLEN", KEYS[2])
announce(KEYS[3], have)
if isLast == 1 then
  await(KEYS[3], have + 1, "")
  keep()
end
return {0, have, entries, isLast}`,
};

/*
 * KEYS  meta, log
 * ARGV  epoch, stream id to start behind, entries at most
 * reply 0, the length, the entries, 1 if they are the last
 */
export const RANGE: Script = {
  name: "gp_range_1",
  keys: 2,
  lua: `${GUARD}${PAGE}
local entries, isLast = page(KEYS[2], ARGV[2], tonumber(ARGV[3]))
return {0, redis.call("XLEN", KEYS[2]), entries, isLast}`,
};

/*
 * KEYS  meta, counter
 * ARGV  epoch
 * reply 0, the count
 */
export const COUNT: Script = {
  name: "gp_count_2",
  keys: 2,
  lua: `${GUARD}
return {0, redis.call("GET", KEYS[2]) or "0"}`,
};

/*
 * KEYS  meta, the req of a counter
 * ARGV  epoch
 * reply 0, the request ids, and what else is there, which begins with ":"
 */
export const CONTRIBUTORS: Script = {
  name: "gp_contributors_1",
  keys: 2,
  lua: `${GUARD}
return {0, redis.call("HKEYS", KEYS[2])}`,
};

/*
 * KEYS  meta, set of records
 * ARGV  epoch, the writer (hexadecimal), the number of this write among its own, then id and JSON text of each record
 * reply 0
 * A record that its writer has overwritten since stays: this copy of the request is late.
 */
export const WRITE_RECORDS: Script = {
  name: "gp_write_records_2",
  keys: 2,
  lua: `${GUARD}${KEEP}
local time = redis.call("TIME")
local now = text(time[1] * 1000 + math.floor(time[2] / 1000))
local prefix = now .. "|" .. ARGV[2] .. ":" .. ARGV[3] .. "|"
for i = 4, #ARGV, 2 do
  local there = redis.call("HGET", KEYS[2], ARGV[i]) or ""
  local by, number = string.match(there, "^%d+|(%x+):(%d+)|")
  if by ~= ARGV[2] or tonumber(number) < tonumber(ARGV[3]) then
    redis.call("HSET", KEYS[2], ARGV[i], prefix .. ARGV[i + 1])
  end
end
keep()
return {0}`,
};

/*
 * KEYS  meta, set of records
 * ARGV  epoch
 * reply 0, the ids
 */
export const RECORD_IDS: Script = {
  name: "gp_record_ids_1",
  keys: 2,
  lua: `${GUARD}
return {0, redis.call("HKEYS", KEYS[2])}`,
};

/*
 * KEYS  meta, set of records
 * ARGV  epoch, ids
 * reply 0, the server's time in ms, "<ms of writing>|<writer>:<number>|<JSON text>" of the first of the ids, as many as
 *   a reply may hold
 */
export const READ_RECORDS: Script = {
  name: "gp_read_records_2",
  keys: 2,
  lua: `${GUARD}
local time = redis.call("TIME")
local found, bytes = {}, 0
for i = 2, #ARGV do
  local record = redis.call("HGET", KEYS[2], ARGV[i]) or ""
  found[#found + 1] = record
  bytes = bytes + #record
  if bytes >= ${REPLY_BYTES} then break end
end
return {0, time[1] * 1000 + math.floor(time[2] / 1000), found}`,
};

export const SCRIPTS: readonly Script[] = [
  OPEN,
  RETIRE,
  RETIRE_OLD,
  ADD,
  DECLARE,
  REACH,
  APPEND,
  FOLLOW,
  RANGE,
  COUNT,
  CONTRIBUTORS,
  WRITE_RECORDS,
  RECORD_IDS,
  READ_RECORDS,
  WRITE_REGISTER,
  ADD_TO_REGISTER,
  READ_REGISTER,
  ...QUEUE_SCRIPTS,
  SET_RATE,
  RESERVE,
  REFUND,
  ...SESSION_SCRIPTS,
  ...CLAIM_SCRIPTS,
  ...GROUP_SCRIPTS,
];
