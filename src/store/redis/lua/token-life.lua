--[[
  Notes in a shard the life of a token of another shard.

  KEYS[1]  any key of the shard
  ARGV[1]  the life, in ms
  Returns  { now in us }
]]
--@include session.lua
--@include token.lua
fail_while_migrating()
remember_life(tonumber(ARGV[1]))
return { now_us }
