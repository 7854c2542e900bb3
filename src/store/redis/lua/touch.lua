--[[
  Merges an activity into each of some live, protected sessions: the most recent one wins, and none lies in the future.

  KEYS[i]           the sessions
  ARGV[2 * i - 1]   the activity, in ms
  ARGV[2 * i]       the terms from now on, without the state, or ''
  Returns  { now in ms, for each: the last activity before in ms; { the record, if any } of what is no such session;
           nil if that one failed, though others did not }
]]
--@include session.lua
local function touch (key, activity, terms)
  enter(key)
  local text = read(key)
  local s = alive(text)
  if not s or s.state ~= 'live' then return { text } end
  local before = s.last
  s.last = math.min(now, math.max(before, tonumber(activity)))
  if terms ~= '' then set_terms(s, 'live ' .. terms) end
  allow_when_full(handle_of(key))
  local moves = is_misplaced(s, key)
  if moves then settled() end
  write(s, key)
  if moves then index(s, key) end
  return before
end

local answers, failed = { now }, 0
for i, key in ipairs(KEYS) do
  local done, answer = pcall(touch, key, ARGV[2 * i - 1], ARGV[2 * i])
  if not done then failed = failed + 1 end
  if failed == #KEYS then error(answer) end
  answers[i + 1] = done and answer
end
return answers
