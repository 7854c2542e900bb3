--[[
  Acknowledges ends, so that nobody may claim them any more. Their tombstones stay for the retention. The script deletes
  the tombstones of a user who had too many ends within the hour before them.

  KEYS[1]  any key of the shard
  ARGV[…]  handles
  Returns  { now in us }
]]
--@include session.lua
fail_while_migrating()
for i = 1, #ARGV, 1000 do
  redis.call('ZREM', pending, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
if redis.call('EXISTS', base .. 'brief') == 1 then
  for _, handle in ipairs(ARGV) do
    if redis.call('ZREM', base .. 'brief', handle) == 1 then
      redis.call('DEL', session_key(handle), base .. 'd:' .. handle)
    end
  end
end
return { now_us }
