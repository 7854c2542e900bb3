--[[
  Reads the records of some sessions that have connections, and marks the live ones. The script that ends a marked
  session publishes a message.

  KEYS[1]  the first of the sessions
  ARGV[1]  the command that publishes the message; '' marks none
  ARGV[…]  for each other session of the same shard: its handle, and the same
  Returns  { now in us, the beginning of all channels of the shard, then for each session the record, '' for none; nil
             for one that the caller may try again: it failed though others did not, or the sessions before it were too
             large }
]]
--@include session.lua
--@include family.lua
local function watch (key, mark)
  local text = read(key)
  local s = mark ~= '' and alive(text)
  if not s or s.state ~= 'live' or mark_of(s) == mark then return record_for_caller(text, key) or '' end
  s.rest = marked(s.rest, mark)
  local done, changed = pcall(rewrite, s, key, text)
  return done and changed or text -- a full Redis has no room for a mark: the next look tries again
end

local answers, count, failed = { now_us, base .. 'c:' }, (#ARGV + 1) / 2, 0
for i = 1, count do
  local key = i == 1 and session or session_key(ARGV[2 * i - 2])
  local done, text = true, false
  if written <= MAX_WRITTEN then done, text = pcall(watch, key, ARGV[2 * i - 1]) end
  if not done then failed = failed + 1 end
  if failed == count then error(text, 0) end
  answers[i + 2] = done and text
end
return answers
