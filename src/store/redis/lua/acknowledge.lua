--[[
  Notes that ends have been acknowledged: nobody may claim them any more. They stay known for the retention, but for those
  of a user who had too many before them within the hour: these are forgotten now.

  KEYS[1]  any key of the shard
  ARGV[…]  handles
  Returns  { now in us }
]]
--@include session.lua
settled()
for i = 1, #ARGV, 1000 do
  redis.call('ZREM', open, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
if redis.call('EXISTS', base .. 'brief') == 1 then
  for _, handle in ipairs(ARGV) do
    if redis.call('ZREM', base .. 'brief', handle) == 1 then redis.call('DEL', session_key(handle), base .. 'd:' .. handle) end
  end
end
return { now_us }
