--[[
  Says that a session which was just signed out goes on under another id. Not when it ended for another reason, or was
  ended once more: then the end stands.

  KEYS[1]  the session that was renewed
  ARGV[1]  the handle that it goes on under
  Returns  { now in ms, its record or nil }
]]
--@include session.lua
local text = read(session)
local reason, contested = string.match(text or '', '^1 ended (%l+) %d+ %d+ %d+ %l+ (%l+)')
if reason == 'logout' and contested == 'once' then
  settled()
  text = '1 replaced ' .. ARGV[1]
  allow_when_full(handle_of(session)) -- nor to be told
  redis.call('HSET', session, FIELD, text)
  redis.call('ZREM', past, handle_of(session))
end
return { now, text }
