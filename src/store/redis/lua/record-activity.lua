--[[
  Merges an activity into each of some live, authenticated sessions: the most recent one wins, and none lies in the
  future.

  KEYS[1]  the first of the sessions
  ARGV[1]  the activity, in ms
  ARGV[2]  the timeouts from now on, or ''
  ARGV[…]  of each other one, in the same shard: its handle, and the same two
  Returns  { now in us, a word for each: the last activity before in ms, '-' for none, '?' for what is no such session,
           '!' for one that may be tried again: it failed though others did not, or these were too much already; then the
           record of each '?' }
]]
--@include session.lua
local has_room = false

local function record_activity (key, activity, timeouts)
  local text = read(key)
  local s = alive(text)
  if not text then return '-' end
  if not s or s.state ~= 'live' then return '?', told(text, key) end
  local before = s.last
  local is_all = timeouts == '' and not s.is_ahead and #before == 13
  set_right(s)
  s.last = math.min(now, math.max(s.last, tonumber(activity)))
  if timeouts ~= '' then set_timeouts(s, timeouts) end
  if not has_room then allow_when_full(handle_of(key)) end
  has_room = true
  if is_misplaced(s) then
    settled()
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
  if written <= MUCH then done, word, record = pcall(record_activity, key, ARGV[3 * i - 2], ARGV[3 * i - 1]) end
  if not done then failed = failed + 1 end
  if failed == count then error(word, 0) end
  words[i] = done and word or '!'
  if record then answers[#answers + 1] = record end
end
answers[2] = table.concat(words, ' ')
return answers
