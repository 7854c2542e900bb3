--[[
  Notes in a shard for how long a token of another shard was said to live.

  KEYS[1]  any key of the shard
  ARGV[1]  for how long, in ms
  Returns  { now in us }
]]
--@include session.lua
--@include token.lua
settled()
remember_life(tonumber(ARGV[1]))
return { now_us }
