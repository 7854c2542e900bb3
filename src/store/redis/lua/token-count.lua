--[[
  Counts the tokens of a shard that have not expired.

  KEYS[1]  any key of the shard
  Returns  { now in us, how many }
]]
--@include session.lua
return { now_us, redis.call('ZCOUNT', base .. 'tokens', '(' .. now, '+inf') }
