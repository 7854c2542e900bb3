--[[
  Revokes a token, for good. The script does not change a record of another version of this package.

  KEYS[1]  the token
  ARGV[1]  its id
  ARGV[2]  the name of the person who revokes it, or '-'
  ARGV[3]  for how long to keep a revocation at least, in ms
  Returns  { now in us, 'known', 'unknown' or 'unreadable' }
]]
--@include session.lua
--@include token.lua
local text = read_token(token)
local t = parse_token(text, ARGV[1])
if text ~= '' and not t then return { now_us, 'unreadable' } end
local is_known = t and t.expires > now
if t and t.state == 'revoked' then return { now_us, is_known and 'known' or 'unknown' } end

fail_while_migrating()
-- First: a full Redis lets the script go on after that, and the revocation must hold with a full Redis too.
redis.call('ZREM', base .. 'tokens', string.sub(token, #base + 3))
local kept = kept_until(ARGV[3])
t = t or { tracked = now, expires = kept, id = ARGV[1], user = '-', note = '-' }
t.state, t.revoked_at, t.by = 'revoked', now, ARGV[2]
write_token(t, kept)
return { now_us, is_known and 'known' or 'unknown' }
