--[[
  Counts what a shard holds.

  KEYS[1]  any key of the shard
  Returns  { now in ms, live, due, ended, untold, tokens }
]]
--@include session.lua
return {
  now,
  redis.call('ZCOUNT', due, '(' .. now, '+inf'),
  redis.call('ZCOUNT', due, '-inf', now),
  redis.call('ZCOUNT', past, '(' .. now, '+inf'),
  redis.call('ZCARD', open),
  redis.call('ZCOUNT', base .. 'tokens', '(' .. now, '+inf')
}
