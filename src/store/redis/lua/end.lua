--[[
  Ends a live session. Of a visitor's, only that it is gone stays known. One that had ended is marked as ended once more.

  KEYS[1]  the session
  ARGV[1]  the reason
  ARGV[2]  a token of this call: a client that lost the answer sends it again, and gets the same one
  ARGV[3]  how long nobody else may claim the end, in ms
  ARGV[4]  the retention, in ms
  ARGV[5]  the retention of a visitor's, in ms
  Returns  { now in ms, the record or nil }, and 1 as a third when this call ended it
]]
--@include session.lua
local text = read(session)
local s = alive(text)
if s then settled() end
if s and s.state == 'visitor' then
  text = '1 replaced -'
  redis.call('DEL', session)
  redis.call('HSET', session, FIELD, text)
  redis.call('PEXPIREAT', session, now + ARGV[5])
  return { now, text }
elseif s then
  local retention = tonumber(ARGV[4])
  file({ handle_of(session) }, now + ARGV[3], retention)
  return { now, finish(s, session, ARGV[1], { at = now, status = 'open', token = ARGV[2], retention = retention }), 1 }
end

local head, contested, token, tail = string.match(text or '', '^(1 ended %l+ %d+ %d+ %d+ %l+) (%l+) ([^ ]+)(.*)$')
if token == ARGV[2] then return { now, text, 1 } end
if contested == 'once' then
  text = head .. ' again ' .. token .. tail
  redis.call('ZREM', due, handle_of(session)) -- see allow_when_full: it is in 'open', but not there
  redis.call('HSET', session, FIELD, text)
end
return { now, text }
