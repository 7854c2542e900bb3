--[[
  Writes a session whole. One that is alive keeps its record; one that ended or was replaced stays so.

  KEYS[1]  the session
  ARGV[1]  the terms of a new one: "<state> <warnAfter> <expireAfter> <absoluteTimeout>"
  ARGV[2…] fields and values, alternating
  Returns  { now in ms, the record }
]]
--@include session.lua
local text = read(session)
local s = alive(text)
if text and not s then return { now, text } end
if not s then
  s = { started = now, last = now, user = '-', rest = '' }
  set_terms(s, ARGV[1])
end
settled()
if text then redis.call('DEL', session) end
text = write(s, session)
set_fields(session, 2, #ARGV)
index(s, session)
return { now, text }
