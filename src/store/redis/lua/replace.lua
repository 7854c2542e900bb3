--[[
  Says that a session which was just signed out goes on under another id; one that could not be signed out, likewise. Not
  when it ended for another reason, or was ended once more: then the end stands.

  KEYS[1]  the session that was renewed
  ARGV[1]  the handle that it goes on under
  ARGV[2]  the retention, in ms
  Returns  { now in ms, its record or nil }
]]
--@include session.lua
local text = read(session)
local s = alive(text)
if s then
  settled()
  redis.call('ZREM', due, handle_of(session))
  leave_user(s.user, handle_of(session), tonumber(ARGV[2]))
  leave(handle_of(session))
  text = '1 replaced ' .. ARGV[1]
  redis.call('DEL', session)
  redis.call('HSET', session, FIELD, text)
  redis.call('PEXPIREAT', session, now + ARGV[2])
  return { now, text }
end

local reason, contested = string.match(text or '', '^1 ended (%l+) %d+ %d+ %d+ %l+ (%l+)')
if reason == 'logout' and contested == 'once' then
  settled()
  text = '1 replaced ' .. ARGV[1]
  allow_when_full(handle_of(session)) -- nor to be told
  redis.call('HSET', session, FIELD, text)
  redis.call('ZREM', past, handle_of(session))
end
return { now, text }
