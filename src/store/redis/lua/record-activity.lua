--[[
  Records an activity of each of some live, authenticated sessions. The most recent activity counts, and none is in the
  future.

  KEYS[1]  the first of the sessions
  ARGV[1]  the activity, in ms
  ARGV[2]  the timeouts from now on, or ''
  ARGV[…]  for each other session of the same shard: its handle, and the same two
  Returns  { now in us, a word for each session, then the record of each '?' }. The word is the last activity before, in
           ms; '-' for no session; '?' for one that is over or anonymous; '!' for one that the caller may try again: it
           failed though others did not, or the sessions before it were too large
]]
--@include session.lua
local has_room = false

local function record_activity (key, activity, timeouts)
  local text = read(key)
  local s = alive(text)
  if not text then return '-' end
  if not s or s.state ~= 'live' then return '?', record_for_caller(text, key) end
  local before = s.last
  local is_all = timeouts == '' and not s.is_ahead and #before == 13
  correct_times(s)
  s.last = math.min(now, math.max(s.last, tonumber(activity)))
  if timeouts ~= '' then set_timeouts(s, timeouts) end
  if not has_room then allow_when_full(handle_of(key)) end
  has_room = true
  if is_misplaced(s) then
    fail_while_migrating()
    index(s, key)
    is_all = false
  end
  if not is_all or not write_last(s, key) then rewrite(s, key, text) end
  return before
end

local words, answers, count, failed = {}, { now_us, '' }, (#ARGV + 1) / 3, 0
for i = 1, count do
  local key = i == 1 and session or session_key(ARGV[3 * i - 3])
  local done, word, record = true, '!', nil
  if written <= MAX_WRITTEN then done, word, record = pcall(record_activity, key, ARGV[3 * i - 2], ARGV[3 * i - 1]) end
  if not done then failed = failed + 1 end
  if failed == count then error(word, 0) end
  words[i] = done and word or '!'
  if record then answers[#answers + 1] = record end
end
answers[2] = table.concat(words, ' ')
return answers
