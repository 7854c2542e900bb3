--[[
  Merges an activity into a live, protected session: the most recent one wins, and none lies in the future.

  KEYS[1]  the session
  ARGV[1]  the activity, in ms
  ARGV[2]  the terms from now on, without the state, or ''
  Returns  { now in ms, the record, the last activity before in ms or nil }
]]
--@include session.lua
local text = read(session)
local s = alive(text)
local before = false
if s and s.state == 'live' then
  before = s.last
  s.last = math.min(now, math.max(s.last, tonumber(ARGV[1])))
  if ARGV[2] ~= '' then set_terms(s, 'live ' .. ARGV[2]) end
  allow_when_full(handle_of(session))
  local moves = is_misplaced(s, session)
  if moves then settled() end
  text = write(s, session)
  if moves then index(s, session) end
end
return { now, text, before }
