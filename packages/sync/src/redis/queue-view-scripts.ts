import { REPLY_BYTES } from "./lua.ts";
import { queueScript } from "./queue-lua.ts";
import type { Script } from "./scripts.ts";

/*
 * ARGV  …, item id
 * says  1, or 0 if it is not there or in hand
 */
export const REMOVE_ITEM: Script = queueScript(
  "gp_remove_item_2",
  `
elapse()
local before = known()
if before == "over" then return finish({-3, KEYS[2]}) end
if before then return finish({0, 0, tonumber(before)}) end
local item = read(ARGV[8])
if not item or item.token > 0 then return answer(0) end
redis.call("ZREM", KEYS[8], ARGV[8])
redis.call("ZREM", KEYS[9], ARGV[8])
if redis.call("ZREM", KEYS[11], ARGV[8]) == 0 then grown.space = true end
redis.call("HDEL", KEYS[7], ARGV[8])
return answer(1)`,
);

/* says  how many are ready, delayed, taken and dead */
export const QUEUE_SIZES: Script = queueScript(
  "gp_queue_sizes_2",
  `
elapse()
local sizes = {0, 0}
for i = 8, 11 do sizes[#sizes + 1] = redis.call("ZCARD", KEYS[i]) end
return finish(sizes)`,
);

/* says  id, JSON text and deliveries of each, as many as a reply may hold */
export const DEAD_LETTERS: Script = queueScript(
  "gp_dead_letters_2",
  `
elapse()
local letters, bytes = {}, 0
for _, id in ipairs(redis.call("ZRANGE", KEYS[11], 0, 99)) do
  local item = read(id)
  if bytes < ${REPLY_BYTES} then
    for _, part in ipairs({id, item.json, item.deliveries}) do letters[#letters + 1] = part end
  end
  bytes = bytes + #item.json
end
return finish({0, 0, letters})`,
);
