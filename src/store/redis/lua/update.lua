--[[
  Changes fields of a live session. An anonymous one begins anew: its life counts from its last write.

  KEYS[1]  the session
  ARGV[1]  the most bytes that the contents may have
  ARGV[2]  how many fields are set
  ARGV[3…] fields and values, alternating; after them the fields that go
  Returns  { now in us, the record }, and as a third the bytes when they are too many: nothing was written then
]]
--@include session.lua
local text = read(session)
local s = alive(text)
if not s then return { now_us, told(text) } end

local last_set = 2 + 2 * tonumber(ARGV[2])
local sizes = { [FIELD] = 0, [ROOT] = 0 }
for _, field in ipairs(redis.call('HKEYS', session)) do
  sizes[field] = sizes[field] or #field + redis.call('HSTRLEN', session, field)
end
for i = 3, last_set, 2 do sizes[ARGV[i]] = #ARGV[i] + #ARGV[i + 1] end
for i = last_set + 1, #ARGV do sizes[ARGV[i]] = 0 end
local bytes = 0
for _, size in pairs(sizes) do bytes = bytes + size end
if bytes > tonumber(ARGV[1]) then return { now_us, text, bytes } end

set_fields(session, ARGV, 3, last_set)
for i = last_set + 1, #ARGV do redis.call('HDEL', session, ARGV[i]) end
if s.state == 'visitor' then
  s.started, s.last = now, now
  text = write(s, session)
  index(s, session)
end
return { now_us, text }
