--[[
  Merges an activity into each of some live, authenticated sessions: the most recent one wins, and none lies in the
  future.

  KEYS[i]           the sessions
  ARGV[2 * i - 1]   the activity, in ms
  ARGV[2 * i]       the timeouts from now on, or ''
  Returns  { now in us, a word for each: the last activity before in ms, '-' for none, '?' for what is no such session,
           '!' for one that failed though others did not, and may be tried again; then the record of each '?' }
]]
--@include session.lua
local has_room = false

local function record_activity (key, activity, timeouts)
  enter(key)
  local text = read(key)
  local s = alive(text)
  if not text then return '-' end
  if not s or s.state ~= 'live' then return '?', told(text) end
  local before = s.last
  set_right(s)
  s.last = math.min(now, math.max(s.last, tonumber(activity)))
  if timeouts ~= '' then set_timeouts(s, timeouts) end
  if not has_room then allow_when_full(handle_of(key)) end
  has_room = true
  if is_misplaced(s) then
    settled()
    index(s, key)
  end
  write(s, key)
  return before
end

local words, answers, failed = {}, { now_us, '' }, 0
for i, key in ipairs(KEYS) do
  local done, word, record = pcall(record_activity, key, ARGV[2 * i - 1], ARGV[2 * i])
  if not done then failed = failed + 1 end
  if failed == #KEYS then error(word, 0) end
  words[i] = done and word or '!'
  if record then answers[#answers + 1] = record end
end
answers[2] = table.concat(words, ' ')
return answers
