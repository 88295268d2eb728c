/** 24 hours, which is more than a run may last without a word. */
export const RUN_TTL_MS: number = 24 * 60 * 60 * 1000;

/**
 * Where a reply ends that could grow with the data. Redis cuts off a subscribed connection, as ours is, once 32 MB wait
 * to be sent to it; see `RedisConnection.large`.
 */
export const REPLY_BYTES: number = 1024 * 1024;

/** What every script of a run begins with: it does nothing under another epoch than the caller joined. */
export const GUARD: string = `
if ARGV[1] ~= "" then
  local epoch = redis.call("HGET", KEYS[1], "epoch")
  if epoch ~= ARGV[1] then return {-1, epoch or ""} end
end
local function text(number) return string.format("%.0f", number) end`;

/** A run lives on while anything is written to it. */
export const KEEP: string = `
local function keep()
  for _, key in ipairs(KEYS) do redis.call("PEXPIRE", key, ${RUN_TTL_MS}) end
end`;

/** How many processes are told by their inboxes of one crossing; beyond that it is said on the channel. */
const TOLD_APART = 100;

/**
 * Numbers that are awaited: `<number>` by several processes, `<number>|<inbox>` by one. Whoever waits listens to the
 * channel as well as to its inbox, so that one more waiter can make it the business of all.
 */
export const AWAIT: string = `
local function await(targets, target, inbox)
  local number = text(target)
  local there = redis.call("ZRANGEBYSCORE", targets, number, number, "LIMIT", "0", "1")[1]
  local mine = inbox == "" and number or number .. "|" .. inbox
  if there == number or there == mine then return end
  if there then
    redis.call("ZREM", targets, there)
    mine = number
  end
  redis.call("ZADD", targets, number, mine)
end`;

/**
 * Announces a crossing of what KEYS[2] counts, once, however many thresholds it crosses, and only if somebody awaits one:
 * on the channel, or, if each is awaited by one process, to their inboxes. The caller's own learns it by the reply.
 */
export const ANNOUNCE: string = `
local function announce(targets, have, own)
  local due = redis.call("ZRANGEBYSCORE", targets, "-inf", text(have), "LIMIT", "0", "${TOLD_APART + 1}")
  if #due == 0 then return end
  redis.call("ZREMRANGEBYSCORE", targets, "-inf", text(have))
  local inboxes, isTold = {}, {[own or ""] = true}
  for _, member in ipairs(due) do
    local inbox = string.match(member, "|(.*)$")
    if not inbox or #due > ${TOLD_APART} then
      redis.call("PUBLISH", ARGV[2], ARGV[1] .. "|" .. text(have))
      return
    end
    if not isTold[inbox] then inboxes[#inboxes + 1] = inbox end
    isTold[inbox] = true
  end
  for _, inbox in ipairs(inboxes) do
    redis.call("PUBLISH", inbox, ARGV[1] .. "|count|" .. text(have) .. "|" .. KEYS[2])
  end
end`;

/**
 * Answers by request id, in a HASH that forgets those of which the sender says that it will not repeat them. What it says,
 * `<below>:<n>,<n>…`, is of requests `<sender>:<n>`: those with the numbers are over, and, of those below, all that the
 * HASH does not know; `:<sender>:` holds that bound. Of a request that says `late` the sender knows that it is new.
 */
export const REQUESTS: string = `
local function sentBy(request) return string.match(request, "^(.*:)(%d+)$") end
local function answered(answers, request, settled)
  local before = redis.call("HGET", answers, request)
  if before or settled == "late" then return before end
  local sender, n = sentBy(request)
  local below = sender and redis.call("HGET", answers, ":" .. sender)
  return below and tonumber(n) < tonumber(below) and "over"
end
local function settle(answers, request, settled)
  local below, numbers = string.match(settled, "^(%d+):(.*)$")
  if not below then return end
  local sender = sentBy(request)
  local before = redis.call("HGET", answers, ":" .. sender)
  if not before or tonumber(before) < tonumber(below) then redis.call("HSET", answers, ":" .. sender, below) end
  for n in string.gmatch(numbers, "%d+") do redis.call("HDEL", answers, sender .. n) end
end`;

/** Entries behind an id, and whether they are the last. In growing steps, because large ones fill a page soon. */
export const PAGE: string = `
local function page(log, after, most)
  local entries, bytes, step = {}, 0, 8
  while #entries < most do
    local wanted = math.min(step, most - #entries)
    local some = redis.call("XRANGE", log, "(" .. after, "+", "COUNT", text(wanted))
    for _, entry in ipairs(some) do
      entries[#entries + 1] = entry
      after = entry[1]
      for _, field in ipairs(entry[2]) do bytes = bytes + #field end
      if bytes >= ${REPLY_BYTES} then return entries, 0 end
    end
    if #some < wanted then return entries, 1 end
    step = step * 2
  end
  return entries, 0
end`;
