--[[
  Reads the records of some sessions that have connections, and marks those that live: whoever ends one tells of it.

  KEYS[1]  the first of the sessions
  ARGV[1]  the command by which that is told; '' marks none
  ARGV[…]  of each other one, in the same shard: its handle, and the same
  Returns  { now in us, what all channels of the shard begin with, then for each the record, '' for none; nil for one
           that failed though others did not, and when those before were too much already: both may be tried again }
]]
--@include session.lua
--@include family.lua
local function watch (key, mark)
  local text = read(key)
  local s = mark ~= '' and alive(text)
  if not s or s.state ~= 'live' or mark_of(s) == mark then return told(text, key) or '' end
  s.rest = marked(s.rest, mark)
  local done, changed = pcall(rewrite, s, key, text)
  return done and changed or text -- a full Redis has no room for a mark: then the next look finds out
end

local answers, count, failed = { now_us, base .. 'c:' }, (#ARGV + 1) / 2, 0
for i = 1, count do
  local key = i == 1 and session or session_key(ARGV[2 * i - 2])
  local done, text = true, false
  if written <= MUCH then done, text = pcall(watch, key, ARGV[2 * i - 1]) end
  if not done then failed = failed + 1 end
  if failed == count then error(text, 0) end
  answers[i + 2] = done and text
end
return answers
