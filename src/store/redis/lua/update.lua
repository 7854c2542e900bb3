--[[
  Changes fields of a live session. An anonymous session starts anew: its deadline counts from its last write.

  KEYS[1]  the session
  ARGV[1]  the most bytes that the contents may have
  ARGV[2]  the most fields
  ARGV[3]  the fields to set, as lines of contents
  ARGV[4]  the fields to delete, as lines of fields
  Returns  { now in us, the record }, and the bytes and the fields if these are too many: the script then wrote nothing
]]
--@include session.lua
--@include contents.lua
local text = read(session)
local s = alive(text)
if not s then return { now_us, record_for_caller(text) } end

local body = read_body(session)
local changed, fields, fields_before = edited(body, ARGV[3], ARGV[4])
local bytes, count = bytes_of(changed, fields), counted(changed, fields)
local is_larger = bytes > bytes_of(body, fields_before) or count > counted(body, fields_before)
if is_larger and (bytes > tonumber(ARGV[1]) or count > tonumber(ARGV[2])) then return { now_us, text, bytes, count } end

if s.state == ANONYMOUS then
  s.started, s.last = now, now
  s.indexed = score_of(s)
end
return { now_us, write(s, session, changed) }
