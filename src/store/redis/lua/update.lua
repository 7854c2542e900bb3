--[[
  Changes fields of a live session. An anonymous one begins anew: its life counts from its last write.

  KEYS[1]  the session
  ARGV[1]  the most bytes that the contents may have
  ARGV[2]  the most fields
  ARGV[3]  what is set, as lines of contents
  ARGV[4]  what goes, as lines of fields
  Returns  { now in us, the record }, and when it would be too much the bytes and the fields: nothing was written then
]]
--@include session.lua
--@include contents.lua
local text = read(session)
local s = alive(text)
if not s then return { now_us, told(text) } end

local body = read_body(session)
local changed, fields, fields_before = edited(body, ARGV[3], ARGV[4])
local bytes, count = bytes_of(changed, fields), counted(changed, fields)
local is_larger = bytes > bytes_of(body, fields_before) or count > counted(body, fields_before)
if is_larger and (bytes > tonumber(ARGV[1]) or count > tonumber(ARGV[2])) then return { now_us, text, bytes, count } end

if s.state == 'visitor' then
  s.started, s.last = now, now
  s.indexed = place_of(s)
end
return { now_us, write(s, session, changed) }
