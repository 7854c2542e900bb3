--[[
  Notes that ends have been acknowledged: nobody may claim them any more. They stay known for the retention.

  KEYS[1]  any key of the shard
  ARGV[…]  handles
  Returns  { now in us }
]]
--@include session.lua
settled()
for i = 1, #ARGV, 1000 do
  redis.call('ZREM', open, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
return { now_us }
