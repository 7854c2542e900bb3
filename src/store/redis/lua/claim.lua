--[[
  Takes the end of one session, unless somebody has.

  KEYS[1]  the session
  ARGV[1]  how long the claim holds, in ms
  ARGV[2]  the retention, in ms
  Returns  { now in ms, the record or nil }, and 1 as a third when it is the caller's to tell
]]
--@include session.lua
local text = read(session)
local s = parse(text)
if s and s.state == 'live' then
  settled()
  local deadline, reason = deadline_of(s)
  if deadline > now then return { now, text } end
  local retention = tonumber(ARGV[2])
  file({ handle_of(session) }, now + ARGV[1], retention)
  return { now, finish(s, session, reason, { at = deadline, status = 'taken', retention = retention }), 1 }
end

local head, tail = string.match(text or '', '^(1 ended %l+ %d+ %d+ %d+) open (.*)$')
if not head then return { now, text } end
settled()
text = head .. ' taken ' .. tail
allow_when_full(handle_of(session))
redis.call('HSET', session, FIELD, text)
redis.call('ZADD', open, now + ARGV[1], handle_of(session))
outlive(open, now + ARGV[2])
return { now, text, 1 }
