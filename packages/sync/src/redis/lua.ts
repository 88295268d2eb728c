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

/** Announces a crossing once, however many thresholds it crosses, and only if somebody awaits one. */
export const ANNOUNCE: string = `
local function announce(targets, have)
  if redis.call("ZREMRANGEBYSCORE", targets, "-inf", text(have)) > 0 then
    redis.call("PUBLISH", ARGV[2], ARGV[1] .. "|" .. text(have))
  end
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
