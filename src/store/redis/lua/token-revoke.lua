--[[
  Revokes a token, for good.

  KEYS[1]  the token
  ARGV[1]  its id
  ARGV[2]  who revokes it, or '-'
  ARGV[3]  for how long to remember one that nobody has tracked, in ms
  Returns  { now in us, 1 when it was known, else 0 }
]]
--@include session.lua
--@include token.lua
local text = read_token(token)
local state, tracked, expires, names = string.match(text, '^1 (%l+) (%d+) (%d+) [^ ]+ [^ ]+ (.*)$')
if state == 'revoked' then return { now_us, 1 } end

if not state then tracked, expires, names = now, string.format('%.0f', now + ARGV[3]), ARGV[1] .. ' - -' end
settled()
-- First: a full Redis goes on behind that, and must let nobody in either.
redis.call('ZREM', base .. 'tokens', string.sub(token, #base + 3))
local user = string.match(names, '^[^ ]+ ([^ ]+)')
write_token(table.concat({ '1 revoked', tracked, expires, now, ARGV[2], names }, ' '), expires, user)
return { now_us, state and 1 or 0 }
